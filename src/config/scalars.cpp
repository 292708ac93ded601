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

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    return false;
  }
  return std::nullopt;
}

std::optional<unsigned> parse_whole(std::string_view text, unsigned min, unsigned max) noexcept {
  if (!is_whole(text)) return std::nullopt;
  const auto number = convert<unsigned>(text);
  if (!number || *number < min || *number > max) return std::nullopt;
  return number;
}

std::optional<double> parse_number(std::string_view text, double max) noexcept {
  if (!is_decimal(text)) return std::nullopt;
  const auto number = convert<double>(text);
  if (!number || *number > max) return std::nullopt;
  return number;
}

std::optional<Duration> parse_seconds(std::string_view text) noexcept {
  constexpr double kMaxSeconds = 3600;
  const auto seconds = parse_number(text, kMaxSeconds);
  if (!seconds) return std::nullopt;
  // Positive, so that cutting off rounds; std::llround() would make C programs link with libm.
  const Duration duration(static_cast<Duration::rep>(*seconds * 1e6 + 0.5));
  if (duration <= Duration::zero()) return std::nullopt;
  return duration;
}

}  // namespace stage3::config
