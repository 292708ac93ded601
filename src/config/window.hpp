#pragma once

#include <array>
#include <string_view>

namespace stage3::config {

constexpr int kMinutesOfDay = 24 * 60;

/// The days of a week, Monday first.
inline constexpr std::array<std::string_view, 7> kDayNames = {"Mon", "Tue", "Wed", "Thu",
                                                              "Fri", "Sat", "Sun"};

/// An item of `ota.windows`: a time of the day on some days of the week.
struct Window {
  /// `Mon-Fri 02:00-05:00`, `Sat,Sun 22:00-06:00`, `Fri-Mon 00:00-24:00`; `02:00-05:00` is each
  /// day. Throws Refusal.
  static Window parse(std::string_view item);

  /// On which days it begins.
  std::array<bool, 7> days{};
  /// In minutes from the midnight with which such a day begins. `end`, which is not in it, is the
  /// later one, and beyond 24:00 where it is on the next day.
  int begin = 0;
  int end = 0;
};

}  // namespace stage3::config
