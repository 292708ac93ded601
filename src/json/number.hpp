#pragma once

#include <string_view>

namespace stage3::json {

/// Whether a number, spelled as JSON wants it, lies beyond +-1e308. Looks at the digits only, so it
/// is exact and knows no locale.
bool is_beyond_1e308(std::string_view number) noexcept;

}  // namespace stage3::json
