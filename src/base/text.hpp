#pragma once

#include <string>
#include <string_view>

namespace stage3 {

/// `text` for an error message: in single quotes, escaped, and shortened to 60 code points with
/// `...` behind.
std::string quoted(std::string_view text);

}  // namespace stage3
