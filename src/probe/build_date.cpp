#include "probe/build_date.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace stage3::probe {
namespace {

constexpr std::size_t kDay = 8;
constexpr std::size_t kTime = 6;
constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

int to_number(std::string_view digits) {
  int number = 0;
  for (const char c : digits)
    number = number * 10 + (c - '0');
  return number;
}

/// Of this century, whose every fourth year has a leap day.
int days_of_month(int year, int month) {
  return kDays[month - 1] + (month == 2 && year % 4 == 0 ? 1 : 0);
}

/// Whether `day` ("20260311") is in the calendar of this century.
bool is_day(std::string_view day) {
  const int year = to_number(day.substr(0, 4));
  const int month = to_number(day.substr(4, 2));
  if (year < 2000 || year > 2099 || month < 1 || month > 12) return false;
  const int of_month = to_number(day.substr(6, 2));
  return of_month >= 1 && of_month <= days_of_month(year, month);
}

/// Whether a clock shows `time` ("095911"), a leap second included.
bool is_time(std::string_view time) {
  return time.substr(0, 2) < "24" && time.substr(2, 2) < "60" && time.substr(4, 2) <= "60";
}

/// From the epoch to a day of this century.
std::int64_t days_to(std::string_view day) {
  constexpr std::int64_t kDaysTo2000 = 10957;
  const int year = to_number(day.substr(0, 4));
  const int years = year - 2000;
  std::int64_t days = kDaysTo2000 + years * 365 + (years + 3) / 4;
  for (int month = 1; month < to_number(day.substr(4, 2)); ++month)
    days += days_of_month(year, month);
  return days + to_number(day.substr(6, 2)) - 1;
}

}  // namespace

std::string_view build_date(std::string_view build) {
  if (build.size() < kDay + 1 + kTime || count_digits(build) != kDay || build[kDay] != '-')
    return {};
  if (count_digits(build.substr(kDay + 1)) != kTime) return {};
  if (!is_day(build.substr(0, kDay)) || !is_time(build.substr(kDay + 1, kTime))) return {};
  return build.substr(0, kDay + 1 + kTime);
}

std::optional<std::int64_t> build_time(std::string_view build) {
  const std::string_view date = build_date(build);
  if (date.empty()) return std::nullopt;
  const std::string_view time = date.substr(kDay + 1);
  const int hours = to_number(time.substr(0, 2));
  const int minutes = to_number(time.substr(2, 2));
  return days_to(date.substr(0, kDay)) * 86400 + hours * 3600 + minutes * 60 +
         to_number(time.substr(4, 2));
}

}  // namespace stage3::probe
