#include "probe/version_order.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "probe/build_date.hpp"

namespace stage3::probe {

namespace {

int sign(int value) {
  return (value > 0) - (value < 0);
}

/// Compares runs of digits of any length as numbers.
int compare_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return sign(a.compare(b));
}

/// Cuts the first number off "1.7.5"; a missing one is empty and counts as 0.
std::string_view next_number(std::string_view& rest) {
  const std::string_view number = rest.substr(0, count_digits(rest));
  rest.remove_prefix(std::min(number.size() + 1, rest.size()));
  return number;
}

int compare_dotted(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty())
    if (const int order = compare_numbers(next_number(a), next_number(b))) return order;
  return 0;
}

/// Text as text, runs of digits as numbers: beta2 < beta10.
int compare_natural(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::size_t digits_a = count_digits(a);
    const std::size_t digits_b = count_digits(b);
    if (digits_a > 0 && digits_b > 0) {
      if (const int order = compare_numbers(a.substr(0, digits_a), b.substr(0, digits_b)))
        return order;
      a.remove_prefix(digits_a);
      b.remove_prefix(digits_b);
      continue;
    }
    if (a.front() != b.front())
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front()) ? -1 : 1;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return static_cast<int>(b.empty()) - static_cast<int>(a.empty());
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

/// Whether `text` begins with what only comes before a release.
bool begins_with_prerelease(std::string_view text) {
  for (const std::string_view word : {"alpha", "beta", "rc", "dev", "pre", "nightly", "canary",
                                      "unstable", "experimental", "test"})
    if (text.substr(0, word.size()) == word) return true;
  return false;
}

/// A suffix of what comes before a release: the vendor's "beta1", "dev119039" and their like, also
/// behind something else ("matter-beta1", "g0123abc-beta"), or short ("b1").
bool is_prerelease(std::string_view suffix) {
  const bool is_short = suffix.size() > 1 && (suffix[0] == 'a' || suffix[0] == 'b') &&
                        count_digits(suffix.substr(1)) == suffix.size() - 1;
  if (is_short) return true;
  for (std::size_t i = 0; i < suffix.size(); ++i) {
    const bool begins_word = i == 0 || !is_letter(suffix[i - 1]);
    if (begins_word && begins_with_prerelease(suffix.substr(i))) return true;
  }
  return false;
}

/// What spellings of one version have in common: small letters, and no "v" before the number.
std::string normalise(std::string_view version) {
  if (version.size() > 1 && (version[0] == 'v' || version[0] == 'V') && is_digit(version[1]))
    version.remove_prefix(1);
  std::string normal(version);
  for (char& c : normal)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return normal;
}

std::string_view skip_separators(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of("-+._~ "), text.size()));
}

/// Whether "2" stands for 2.0.0: alone or before a pre-release. Elsewhere a number without a dot is
/// part of a name ("1pmprod0"), and a long one is a date.
bool is_lone_number(std::string_view number, std::string_view rest) {
  constexpr std::size_t kLongest = 4;
  return number.size() <= kLongest && (rest.empty() || is_prerelease(skip_separators(rest)));
}

/// The length of "1.7.5" at the start of a version; 0: it does not begin with a number.
std::size_t numbers_length(std::string_view version) {
  std::size_t end = count_digits(version);
  const std::size_t first = end;
  if (first == 0) return 0;
  while (end + 1 < version.size() && version[end] == '.' && is_digit(version[end + 1]))
    end += 1 + count_digits(version.substr(end + 1));
  if (end > first) return end;
  return is_lone_number(version.substr(0, first), version.substr(first)) ? first : 0;
}

/// x.y.99-...prod...: what a device is shipped with. The releases that follow it have lower
/// numbers.
bool is_factory_build(std::string_view numbers, std::string_view suffix) {
  next_number(numbers);
  next_number(numbers);
  return compare_numbers(next_number(numbers), "99") == 0 && numbers.empty() &&
         suffix.find("prod") != std::string_view::npos;
}

}  // namespace

FirmwareVersion::FirmwareVersion(std::string_view version, std::string_view build)
    : date_(build_date(build)) {
  const std::string normal = normalise(version);
  const std::size_t end = numbers_length(normal);
  numbers_ = normal.substr(0, end);
  suffix_ = skip_separators(std::string_view(normal).substr(end));
}

bool FirmwareVersion::is_known_by_its_date() const {
  return numbers_.empty() || is_factory_build(numbers_, suffix_);
}

std::optional<int> FirmwareVersion::compare(const FirmwareVersion& a, const FirmwareVersion& b) {
  if (a.numbers_ == b.numbers_ && a.suffix_ == b.suffix_) return 0;
  const bool have_dates = !a.date_.empty() && !b.date_.empty();
  const int by_date = have_dates ? sign(a.date_.compare(b.date_)) : 0;
  if (a.is_known_by_its_date() || b.is_known_by_its_date())
    return have_dates ? std::optional<int>(by_date) : std::nullopt;
  if (const int order = compare_dotted(a.numbers_, b.numbers_)) return order;
  const bool release_a = !is_prerelease(a.suffix_);
  const bool release_b = !is_prerelease(b.suffix_);
  if (release_a != release_b) return release_a ? 1 : -1;
  return by_date != 0 ? by_date : compare_natural(a.suffix_, b.suffix_);
}

/// "i4prod0" and its like; any other version without a number says nothing.
bool FirmwareVersion::says_something() const {
  return !numbers_.empty() || suffix_.find("prod") != std::string::npos;
}

std::optional<bool> FirmwareVersion::is_newer_than(const FirmwareVersion& installed) const {
  // The dates decide for what a device was shipped with, not for what nobody can read.
  if (!says_something()) return std::nullopt;
  const std::optional<int> order = compare(*this, installed);
  return order ? std::optional<bool>(*order > 0) : std::nullopt;
}

std::string why_not_compared(const std::string& installed, const std::string& offered) {
  if (!FirmwareVersion(offered, {}).says_something())
    return "the offered \"" + offered + "\" is no version";
  return "installed \"" + installed + "\" and offered \"" + offered +
         "\" cannot be compared without the dates of both builds";
}

}  // namespace stage3::probe
