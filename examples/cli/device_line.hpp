#pragma once

#include <cstddef>
#include <stage3/result.hpp>
#include <string>

namespace cli {

struct LineStyle {
  bool colored = false;
  std::size_t columns = 79;  ///< that the line may take
  bool is_strict = false;    ///< it must not take more
  bool is_whole = false;     ///< nothing is cut, however long it is
};

/// One device as one line without a newline, safe for a terminal:
///
///     ● S2PMG3 @ 192.168.1.35 - OTA=up_to_date | Friendly=ok (Name) | ERR=... | FW=1.7.1 -> 1.7.5
///
/// Of what does not fit, the firmware goes first but for what became of it ("sent"); long errors
/// stand in their short form; then the name gives way. What programs look for is left: the part
/// about the name with a few columns of it, and `<part>: HTTP nnn` or the short form of the first
/// error. Where the line must not take more columns, that part goes next, then most of the model,
/// and last whatever stands at the end. What became of the firmware is never given up.
std::string device_line(const stage3::DeviceResult& result, const LineStyle& style);

}  // namespace cli
