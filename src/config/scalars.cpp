#include "config/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace stage3::config {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_whole(std::string_view text) noexcept {
  return is_digits(text) && (text == "0" || text.front() != '0');
}

bool is_decimal(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_whole(text);
  return is_whole(text.substr(0, point)) && is_digits(text.substr(point + 1));
}

/// All of `text` as a number; none if it does not fit the type.
template <class Number>
std::optional<Number> convert(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

bool is_not_finite(std::string_view text) noexcept {
  if (text.substr(0, 1) == ".") text.remove_prefix(1);
  return is_one_of(text, {"inf", "Inf", "INF", "nan", "NaN", "NAN", "infinity", "Infinity"});
}

/// `c` stands behind a digit and belongs to no plain number.
std::string_view odd_character_hint(char c) noexcept {
  switch (c) {
    case 'e':
    case 'E':
      return "write it without an exponent";
    case '_':
      return "leave the _ out";
    case ',':
      return "the decimal point is a '.'";
    case ':':
      return "leave the ':' out, with which YAML reads a number to the base of 60";
    default:
      return "leave what stands behind the number out; a unit is not read";
  }
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    return false;
  }
  return std::nullopt;
}

std::optional<unsigned> parse_whole(std::string_view text, unsigned max) noexcept {
  if (!is_whole(text)) return std::nullopt;
  const auto number = convert<unsigned>(text);
  if (!number || *number > max) return std::nullopt;
  return number;
}

std::optional<double> parse_number(std::string_view text, double max) noexcept {
  if (!is_decimal(text)) return std::nullopt;
  const auto number = convert<double>(text);
  if (!number || *number > max) return std::nullopt;
  return number;
}

std::optional<Duration> parse_seconds(std::string_view text, Duration max) noexcept {
  const auto seconds = parse_number(text, std::chrono::duration<double>(max).count());
  if (!seconds) return std::nullopt;
  // Positive, so that cutting off rounds; std::llround() would make C programs link with libm.
  return Duration(static_cast<Duration::rep>(*seconds * 1e6 + 0.5));
}

std::string_view number_hint(std::string_view text) noexcept {
  if (text.empty() || is_decimal(text)) return {};
  const char sign = text.front() == '+' || text.front() == '-' ? text.front() : '\0';
  if (sign != '\0') text.remove_prefix(1);
  if (is_not_finite(text)) return "it must be a finite number";
  if (text.find_first_of("0123456789") > (text.substr(0, 1) == "." ? 1 : 0)) return {};
  if (sign == '-') return {};
  if (sign == '+') return "leave the sign out";
  if (text.size() > 1 && text[0] == '0' && is_one_of(text.substr(1, 1), {"x", "X", "o", "b"}))
    return "write it in decimal digits, others are not read";
  if (text.size() > 1 && text[0] == '0' && is_digits(text.substr(1, 1)))
    return "leave the leading zero out, with which YAML reads an octal number";
  const std::size_t odd = text.find_first_not_of("0123456789.");
  if (odd != std::string_view::npos) return odd_character_hint(text[odd]);
  if (text.front() == '.' || text.back() == '.') return "write a digit on both sides of the point";
  return {};
}

}  // namespace stage3::config
