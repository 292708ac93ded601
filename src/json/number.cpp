#include "json/number.hpp"

#include <algorithm>
#include <cstddef>

namespace stage3::json {
namespace {

constexpr long long kLargestExponent = 308;

/// The exponent behind 'e', held within bounds that no length of a number can outweigh.
long long exponent_of(std::string_view digits) noexcept {
  constexpr long long kClamp = 1'000'000'000'000;
  const bool negative = !digits.empty() && digits.front() == '-';
  long long exponent = 0;
  for (const char c : digits) {
    if (c >= '0' && c <= '9') exponent = std::min(exponent * 10 + (c - '0'), kClamp);
  }
  return negative ? -exponent : exponent;
}

}  // namespace

bool is_beyond_1e308(std::string_view number) noexcept {
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;

  // The value is d.ddd * 10^magnitude, its first digit not zero.
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  auto magnitude = static_cast<long long>(point) - static_cast<long long>(first);
  if (first < point) --magnitude;
  if (e != std::string_view::npos) magnitude += exponent_of(number.substr(e + 1));

  if (magnitude != kLargestExponent) return magnitude > kLargestExponent;
  return mantissa[first] != '1' ||
         mantissa.find_first_of("123456789", first + 1) != std::string_view::npos;
}

}  // namespace stage3::json
