#include "rollout/windows.hpp"

#include <algorithm>

namespace stage3::rollout {
namespace {

constexpr std::size_t kDaysOfWeek = 7;

struct TimeOfWeek {
  /// From Monday, 0.
  std::size_t day;
  /// From midnight.
  std::int64_t second;
};

TimeOfWeek time_of_week(LocalTime now) {
  constexpr std::int64_t kThursday = 3;  // the epoch's first day
  const std::int64_t local = now.utc + now.offset;
  std::int64_t days = local / kSecondsOfDay;
  if (local % kSecondsOfDay < 0) --days;
  const std::int64_t second = local - days * kSecondsOfDay;
  const auto week = static_cast<std::int64_t>(kDaysOfWeek);
  const std::int64_t day = ((days + kThursday) % week + week) % week;
  return {static_cast<std::size_t>(day), second};
}

std::size_t day_after(std::size_t day, std::size_t days) {
  return (day + days) % kDaysOfWeek;
}

/// "02:00"
std::string clock_text(int minutes) {
  const auto two_digits = [](int number) {
    return std::string(1, static_cast<char>('0' + number / 10)) +
           static_cast<char>('0' + number % 10);
  };
  return two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

}  // namespace

Windows::Windows(const std::vector<std::string>& items) {
  for (const std::string& item : items)
    windows_.push_back(config::Window::parse(item));
}

bool Windows::is_open(LocalTime now) const {
  const TimeOfWeek time = time_of_week(now);
  const std::size_t yesterday = day_after(time.day, kDaysOfWeek - 1);
  const auto holds = [](const config::Window& window, std::int64_t second) {
    return second >= window.begin * 60 && second < window.end * 60;
  };
  return windows_.empty() ||
         std::any_of(windows_.begin(), windows_.end(), [&](const config::Window& window) {
           return (window.days[time.day] && holds(window, time.second)) ||
                  (window.days[yesterday] && holds(window, time.second + kSecondsOfDay));
         });
}

std::string Windows::next_opening(LocalTime now) const {
  const TimeOfWeek time = time_of_week(now);
  // A window of today may have been, and comes again in a week.
  for (std::size_t days = 0; days <= kDaysOfWeek; ++days) {
    const std::size_t day = day_after(time.day, days);
    int first = config::kMinutesOfDay;
    for (const config::Window& window : windows_) {
      if (window.days[day] && (days > 0 || window.begin * 60 > time.second))
        first = std::min(first, window.begin);
    }
    if (first < config::kMinutesOfDay)
      return std::string(config::kDayNames[day]) + " " + clock_text(first);
  }
  return {};
}

}  // namespace stage3::rollout
