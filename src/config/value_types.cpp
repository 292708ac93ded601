#include "config/value_types.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/utf8.hpp"
#include "config/scalars.hpp"

namespace stage3::config {
namespace {

constexpr double kMinRate = 1e-5;  // about one a day
constexpr double kMaxRate = 1e6;

std::string show_number(double value) {
  // The smallest number above 0 takes 325 digits behind its point, and a sign.
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return {text.data(), end.ptr};
}

bool is_same_but_case(std::string_view lower, std::string_view text) {
  return std::equal(lower.begin(), lower.end(), text.begin(), text.end(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
}

/// The members of a state file that mean something else: as a wanted name, each device would be
/// given its own address, say. Another case does not make them mean anything better.
constexpr std::array<std::string_view, 10> kOtherMembers = {
    "ip", "port", "mac", "model", "fw", "hostname", "mac_aliases", "stage3", "devices", "version"};

bool is_other_member(std::string_view name) {
  return std::any_of(kOtherMembers.begin(), kOtherMembers.end(),
                     [&](std::string_view other) { return is_same_but_case(other, name); });
}

}  // namespace

std::string Boolean::expects() {
  return "true or false";
}

std::optional<bool> Boolean::parse(std::string_view text) {
  return parse_boolean(text);
}

std::string Boolean::show(bool value) {
  return value ? "true" : "false";
}

std::string AnyWhole::expects(unsigned min, unsigned max) {
  return "a whole number from " + show(min) + " to " + show(max);
}

std::optional<unsigned> AnyWhole::parse(std::string_view text, unsigned max) {
  return parse_whole(text, max);
}

std::string AnyWhole::show(unsigned value) {
  return std::to_string(value);
}

std::string Limit::expects() {
  return "a whole number from 0 (no limit) to " + show(kMax);
}

std::string Days::expects() {
  return "a whole number of days from 0 to " + show(kMax);
}

std::string Rate::expects() {
  return "a number per second, 0 (no limit) or from " + show(kMinRate) + " to " + show(kMaxRate);
}

std::optional<double> Rate::parse(std::string_view text) {
  return parse_number(text, kMaxRate);
}

bool Rate::allows(double value) {
  return value == 0 || (value >= kMinRate && value <= kMaxRate);  // NaN is neither
}

std::string Rate::show(double value) {
  return show_number(value);
}

std::string AnySeconds::expects(Duration min, Duration max) {
  if (min == Duration(1)) return "a number of seconds > 0 and at most " + show(max);
  return "a number of seconds from " + show(min) + " to " + show(max);
}

std::optional<Duration> AnySeconds::parse(std::string_view text, Duration max) {
  return parse_seconds(text, max);
}

std::string AnySeconds::show(Duration value) {
  return show_number(std::chrono::duration<double>(value).count());
}

std::string Path::expects() {
  return OptionalPath::expects() + ", not empty";
}

bool Path::allows(const std::string& value) {
  return !value.empty() && OptionalPath::allows(value);
}

std::string OptionalPath::expects() {
  return "a file's path";
}

bool OptionalPath::allows(const std::string& value) {
  return value.find('\0') == std::string::npos;
}

std::string FieldName::expects() {
  std::string text =
      "the name of an entry's field with the wanted name, not empty, without a NUL and none "
      "that means something else (";
  for (const std::string_view other : kOtherMembers)
    text += std::string(other) + (other == kOtherMembers.back() ? ")" : ", ");
  return text;
}

bool FieldName::allows(const std::string& value) {
  return !value.empty() && !is_other_member(value) && is_valid_utf8(value) &&
         value.find('\0') == std::string::npos;
}

}  // namespace stage3::config
