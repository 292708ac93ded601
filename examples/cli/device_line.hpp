#pragma once

#include <cstddef>
#include <stage3/result.hpp>
#include <string>

namespace cli {

struct LineStyle {
  bool dry_run = false;
  bool colored = false;
  std::size_t columns = 79;  ///< the error gives way and the firmware is left out to stay within
};

/// One device as one line without a newline, safe for a terminal:
///
///     ● S2PMG3 @ 192.168.1.35 - OTA=up_to_date | Friendly=ok (Name) | ERR=... | FW=1.7.1 -> 1.7.5
///
/// Long names can take it beyond the columns: only the error and the firmware give way, and of the
/// error `<part>: HTTP nnn` always stays whole. To what became of an update the end of a name gives
/// way, too.
std::string device_line(const stage3::DeviceResult& result, const LineStyle& style);

}  // namespace cli
