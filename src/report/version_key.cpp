#include "report/version_key.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace stage3::report {

VersionKey version_key(std::string_view version) {
  // As many digits as never overflow.
  constexpr std::size_t kMostDigits = 18;
  VersionKey key;
  key.text = version;
  std::string_view rest = version;
  for (std::uint64_t& number : key.numbers) {
    const std::size_t digits = std::min(count_digits(rest), kMostDigits);
    for (const char digit : rest.substr(0, digits))
      number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    rest.remove_prefix(digits);
    if (digits == 0 || rest.substr(0, 1) != ".") break;
    rest.remove_prefix(1);
  }
  key.is_release = rest.empty() && !version.empty();
  return key;
}

}  // namespace stage3::report
