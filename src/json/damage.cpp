#include "json/damage.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "json/number.hpp"

namespace stage3::json {
namespace {

constexpr std::size_t kEscapeLength = 6;  // \uXXXX

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

/// Takes all characters of `set` off the front; whether there were any.
bool take(std::string_view& rest, std::string_view set) {
  const std::size_t count = std::min(rest.find_first_not_of(set), rest.size());
  rest.remove_prefix(count);
  return count > 0;
}

bool take_one(std::string_view& rest, std::string_view set) {
  if (rest.empty() || !is_one_of(rest.front(), set)) return false;
  rest.remove_prefix(1);
  return true;
}

bool is_number(std::string_view rest) {
  constexpr std::string_view kDigits = "0123456789";
  take_one(rest, "-");
  if (!take_one(rest, "0") && !take(rest, kDigits)) return false;
  if (take_one(rest, ".") && !take(rest, kDigits)) return false;
  if (take_one(rest, "eE")) {
    take_one(rest, "+-");
    if (!take(rest, kDigits)) return false;
  }
  return rest.empty();
}

/// An escape \uDxxx whose second digit is one of `seconds`.
bool is_surrogate(std::string_view at, std::string_view seconds) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  return at.size() >= kEscapeLength && at[0] == '\\' && at[1] == 'u' && is_one_of(at[2], "dD") &&
         is_one_of(at[3], seconds) && is_one_of(at[4], kHex) && is_one_of(at[5], kHex);
}

}  // namespace

bool is_zero_spelled_large(std::string_view number) {
  const std::size_t e = number.find_first_of("eE");
  if (e == std::string_view::npos || !is_number(number)) return false;
  const bool is_zero = number.substr(0, e).find_first_of("123456789") == std::string_view::npos;
  return is_zero && is_beyond_1e308("1" + std::string(number.substr(e)));
}

void mend_surrogates(std::string& text) {
  // Outside of strings JSON has no backslash, so that they need not be distinguished.
  std::size_t at = text.find('\\');
  while (at != std::string::npos) {
    const std::string_view rest = std::string_view(text).substr(at);
    std::size_t length = 2;
    if (is_surrogate(rest, "89abAB")) {
      const bool is_pair = is_surrogate(rest.substr(kEscapeLength), "cdefCDEF");
      length = is_pair ? 2 * kEscapeLength : kEscapeLength;
      if (!is_pair) text.replace(at, kEscapeLength, kEscapeLength, '\xFF');
    }
    at = text.find('\\', at + length);
  }
}

bool mend_number(char* number, std::size_t length) {
  const std::string_view spelled(number, length);
  if (length < kShortestLargeNumber || !is_number(spelled)) return false;
  if (!is_beyond_1e308(spelled) && !is_zero_spelled_large(spelled)) return false;
  char* const digits = *number == '-' ? number + 1 : number;
  // There is room for "0.00" at least.
  std::fill(digits, number + length, '0');
  digits[1] = '.';
  return true;
}

}  // namespace stage3::json
