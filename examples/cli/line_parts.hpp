#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stage3/result.hpp>
#include <string>
#include <vector>

namespace cli {

/// The pieces that the line of a device is put together from, each escaped.

/// `ota_status`, or `error` for an entry that could not be used.
stage3::OtaStatus shown_status(const stage3::DeviceResult& result);

/// The entry's model, else what the device said, else "?", in so many columns.
std::string model_part(const stage3::DeviceResult& result, std::size_t columns);

/// The device's address; what the entry has in its place, in so many columns, where that is none.
std::string place_part(const stage3::DeviceResult& result, std::size_t columns);

/// ` | Friendly=ok (Alt -> Neu)` with a name of at most so many columns, of which the old name
/// gives way first; without any where too few are left. Empty where the name was not reached.
std::string friendly_part(const stage3::DeviceResult& result, std::size_t name_columns);

/// The columns of the name in friendly_part() where none is too few, each name with `most` of them.
std::size_t name_width(const stage3::DeviceResult& result, std::size_t most);

/// The same with as few as can be without leaving the name out.
std::size_t least_name_width(const stage3::DeviceResult& result);

/// More columns than any text takes: nothing is cut. Sums of them are in range.
inline constexpr std::size_t kAnyWidth = std::numeric_limits<std::int32_t>::max();

/// ` | ERR=` with the errors: the whole texts first, then their short forms, then the first of
/// these alone. One empty text where there is no error.
std::vector<std::string> error_parts(const stage3::DeviceResult& result);

/// What became of the device's firmware, or what is on offer for it: the longest first of the ways
/// to say it. More than one where something became of it: each tells that, and the last of them is
/// its mark.
std::vector<std::string> firmware_parts(const stage3::DeviceResult& result);

}  // namespace cli
