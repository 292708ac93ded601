#include "base/text.hpp"

#include <stage3/text.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "base/utf8.hpp"

namespace stage3 {
namespace {

void append_hex(std::string& text, const char* prefix, unsigned digits, char32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += prefix;
  while (digits-- > 0)
    text += kDigits[(value >> (4 * digits)) & 0xF];
}

/// `\x` always stands for one byte, `\u` and `\U` for a code point, so that U+0085 and a stray byte
/// 85 look different.
void append_escaped(std::string& text, const Decoded& decoded, unsigned char first_byte) {
  const char32_t c = decoded.code_point;
  if (!decoded.valid) {
    append_hex(text, "\\x", 2, first_byte);
  } else if (c == '\n') {
    text += "\\n";
  } else if (c == '\r') {
    text += "\\r";
  } else if (c == '\t') {
    text += "\\t";
  } else if (c == '\\') {
    text += "\\\\";
  } else if (c < 0x80) {
    append_hex(text, "\\x", 2, c);
  } else if (c < 0x10000) {
    append_hex(text, "\\u", 4, c);
  } else {
    append_hex(text, "\\U", 8, c);
  }
}

bool is_shown_as_is(const Decoded& decoded) noexcept {
  const char32_t c = decoded.code_point;
  return decoded.valid && c != '\\' && !is_control(c) && !is_bidi_or_invisible(c);
}

/// The number at `at`; where something else than digits stands, one that is too large for any part
/// of a time.
unsigned two_digits(std::string_view text, std::size_t at) {
  constexpr unsigned kNoNumber = 10'000;
  const auto tens = static_cast<unsigned char>(text[at] - '0');
  const auto ones = static_cast<unsigned char>(text[at + 1] - '0');
  return tens > 9 || ones > 9 ? kNoNumber : tens * 10U + ones;
}

bool is_leap_year(unsigned year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned days_in(unsigned year, unsigned month) {
  constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

/// Of the Gregorian calendar, as far back as it is asked.
std::int64_t days_since_epoch(unsigned year, unsigned month, unsigned day) {
  // Years that begin in March have their leap day at the end; four years that many days, and so on.
  const std::int64_t y = std::int64_t{year} - (month <= 2 ? 1 : 0);
  const std::int64_t days_before_month = (153 * ((month + 9) % 12) + 2) / 5;
  const std::int64_t leap_days = y >= 0 ? y / 4 - y / 100 + y / 400 : -1;
  return y * 365 + leap_days + days_before_month + day - 719469;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  bool can_be_joined = false;  // what stands before
  while (!text.empty()) {
    const Decoded decoded = decode_utf8(text);
    const bool is_shown = is_shown_as_is(decoded);
    if (is_shown || (can_be_joined && decoded.valid && is_joiner(decoded.code_point))) {
      escaped += text.substr(0, decoded.length);
    } else {
      append_escaped(escaped, decoded, static_cast<unsigned char>(text.front()));
    }
    can_be_joined = is_shown && decoded.code_point >= 0x80 && !is_white_space(decoded.code_point);
    text.remove_prefix(decoded.length);
  }
  return escaped;
}

std::string quoted(std::string_view text) {
  constexpr unsigned kMaxCodePoints = 60;
  std::size_t end = 0;
  for (unsigned count = 0; count < kMaxCodePoints && end < text.size(); ++count) {
    end += decode_utf8(text.substr(end)).length;
  }
  return "'" + escape(text.substr(0, end)) + (end < text.size() ? "..." : "") + "'";
}

std::string to_utc(std::int64_t seconds_since_epoch) {
  // The years 1000 to 9999: the format has four digits for them. A clock that is even more wrong
  // must not cost a result.
  constexpr bool kIsWide = sizeof(std::time_t) > 4;
  constexpr std::int64_t kFirst = kIsWide ? -30610224000 : std::int64_t{INT32_MIN};
  constexpr std::int64_t kLast = kIsWide ? 253402300799 : std::int64_t{INT32_MAX};
  const auto time = static_cast<std::time_t>(std::clamp(seconds_since_epoch, kFirst, kLast));
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, sizeof "2026-11-23T14:31:05Z"> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

std::string in_words(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 60 * kMinute;
  constexpr std::int64_t kDay = 24 * kHour;
  if (seconds >= 2 * kDay) return std::to_string(seconds / kDay) + " days";
  if (seconds >= 2 * kHour) return std::to_string(seconds / kHour) + " h";
  if (seconds >= 2 * kMinute) return std::to_string(seconds / kMinute) + " min";
  return std::to_string(std::max<std::int64_t>(0, seconds)) + " s";
}

std::optional<std::int64_t> from_utc(std::string_view text) {
  constexpr std::string_view kForm = "yyyy-mm-ddThh:mm:ssZ";
  if (text.size() != kForm.size()) return std::nullopt;
  for (const std::size_t i : {4U, 7U, 10U, 13U, 16U, 19U}) {
    if (text[i] != kForm[i]) return std::nullopt;
  }
  const unsigned year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const unsigned month = two_digits(text, 5);
  const unsigned day = two_digits(text, 8);
  const unsigned hour = two_digits(text, 11);
  const unsigned minute = two_digits(text, 14);
  const unsigned second = two_digits(text, 17);
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace stage3
