#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace stage3::probe {

/// "20260311-095911", with which a build id (`build_id` or `fw_id`) begins; empty: it does not. A
/// date that no calendar of this century has, or a time that no clock shows, is none.
std::string_view build_date(std::string_view build);

/// The same in seconds since the epoch, taken as UTC.
std::optional<std::int64_t> build_time(std::string_view build);

}  // namespace stage3::probe
