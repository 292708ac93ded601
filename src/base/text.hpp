#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3 {

/// 0 to 9, whatever the locale.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// How many digits `text` begins with.
std::size_t count_digits(std::string_view text);

/// `text` for an error message: in single quotes, escaped, and shortened to 60 code points with
/// `...` behind.
std::string quoted(std::string_view text);

}  // namespace stage3
