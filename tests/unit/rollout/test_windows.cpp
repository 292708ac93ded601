#include "rollout/windows.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "../rounds.hpp"

using stage3::rollout::LocalTime;
using stage3::rollout::Windows;

namespace {

constexpr int kMinutesOfDay = 1440;
constexpr int kMinutesOfWeek = 7 * kMinutesOfDay;
/// 2026-11-30, a Monday, 00:00 UTC.
constexpr std::int64_t kMonday = 1795996800;
const char* const kNamesOfDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string clock_text(int minute) {
  return two_digits(minute / 60) + ":" + two_digits(minute % 60);
}

std::int64_t at(int day, int hour, int minute) {
  return kMonday + day * 86400 + hour * 3600 + minute * 60;
}

/// A window, and the minutes of a week from Monday that it covers, counted one by one.
struct Drawn {
  std::string text;
  std::vector<bool> minutes = std::vector<bool>(kMinutesOfWeek, false);
};

Drawn draw(std::mt19937& random) {
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  Drawn drawn;
  std::vector<int> days;
  for (int parts = 1 + below(3); parts > 0; --parts) {
    int day = below(7);
    const int last = below(2) == 0 ? day : below(7);
    drawn.text += std::string(drawn.text.empty() ? "" : ",") + kNamesOfDays[day];
    if (last != day) drawn.text += std::string("-") + kNamesOfDays[last];
    for (days.push_back(day); day != last; days.push_back(day))
      day = (day + 1) % 7;
  }
  const int begin = below(8) == 0 ? 0 : below(kMinutesOfDay);
  int end = below(8) == 0 ? kMinutesOfDay : below(kMinutesOfDay + 1);
  if (end == begin) end = begin == 0 ? kMinutesOfDay : 0;
  drawn.text += " " + clock_text(begin) + "-" + (end == kMinutesOfDay ? "24:00" : clock_text(end));
  for (const int day : days) {
    for (int minute = begin; minute % kMinutesOfDay != end % kMinutesOfDay || minute == begin;
         ++minute)
      drawn.minutes[static_cast<std::size_t>((day * kMinutesOfDay + minute) % kMinutesOfWeek)] =
          true;
  }
  return drawn;
}

}  // namespace

TEST_CASE("without windows any time will do") {
  CHECK(Windows({}).is_open({kMonday, 0}));
  CHECK(Windows({}).is_open({0, 0}));
}

TEST_CASE("a window is open from its first second to before its end") {
  const Windows windows({"Mon-Fri 02:00-05:00"});
  CHECK_FALSE(windows.is_open({at(0, 2, 0) - 1, 0}));
  CHECK(windows.is_open({at(0, 2, 0), 0}));
  CHECK(windows.is_open({at(0, 5, 0) - 1, 0}));
  CHECK_FALSE(windows.is_open({at(0, 5, 0), 0}));
  CHECK_FALSE(windows.is_open({at(5, 3, 0), 0}));
  CHECK(windows.next_opening({at(0, 1, 0), 0}) == "Mon 02:00");
  CHECK(windows.next_opening({at(0, 5, 0), 0}) == "Tue 02:00");
  CHECK(windows.next_opening({at(4, 5, 0), 0}) == "Mon 02:00");
  CHECK(Windows({"Tue 02:00-05:00"}).next_opening({at(1, 5, 0), 0}) == "Tue 02:00");
}

TEST_CASE("over midnight it belongs to the day on which it begins") {
  const Windows sunday({"Sun 22:00-06:00"});
  CHECK(sunday.is_open({at(6, 22, 0), 0}));
  CHECK(sunday.is_open({at(7, 5, 59), 0}));
  CHECK(sunday.is_open({at(0, 5, 59), 0}));
  CHECK_FALSE(sunday.is_open({at(7, 6, 0), 0}));
  CHECK_FALSE(sunday.is_open({at(6, 5, 59), 0}));
  CHECK(sunday.next_opening({at(0, 6, 0), 0}) == "Sun 22:00");

  const Windows day({"Wed 00:00-24:00"});
  CHECK_FALSE(day.is_open({at(2, 0, 0) - 1, 0}));
  CHECK(day.is_open({at(2, 0, 0), 0}));
  CHECK(day.is_open({at(3, 0, 0) - 1, 0}));
  CHECK_FALSE(day.is_open({at(3, 0, 0), 0}));
  CHECK(day.next_opening({at(3, 0, 0), 0}) == "Wed 00:00");
}

TEST_CASE("what counts is the operator's clock") {
  const Windows windows({"Mon 02:00-03:00"});
  CHECK(windows.is_open({at(0, 0, 30), 2 * 3600}));
  CHECK_FALSE(windows.is_open({at(0, 2, 30), 2 * 3600}));
  CHECK(windows.is_open({at(0, 12, 30), -10 * 3600}));
  CHECK(windows.next_opening({at(6, 23, 0), 2 * 3600}) == "Mon 02:00");
  // The clock goes back from 03:00 to 02:00: the hour comes twice, and is in the window twice.
  const Windows sunday({"Sun 02:00-03:00"});
  CHECK(sunday.is_open({at(6, 0, 59), 2 * 3600}));
  CHECK(sunday.is_open({at(6, 1, 0), 1 * 3600}));
  CHECK_FALSE(sunday.is_open({at(6, 2, 0), 1 * 3600}));
  // It goes ahead from 02:00 to 03:00: that day it has no such hour.
  CHECK_FALSE(sunday.is_open({at(6, 1, 0) - 1, 1 * 3600}));
  CHECK_FALSE(sunday.is_open({at(6, 1, 0), 2 * 3600}));
  // Before 1970 a week has seven days, too.
  constexpr std::int64_t kEarlier = kMonday - 3000 * 7 * 86400LL;
  CHECK(windows.is_open({kEarlier + 2 * 3600, 0}));
  CHECK_FALSE(windows.is_open({kEarlier + 2 * 3600 - 1, 0}));
  CHECK(Windows({"Sun 22:00-06:00"}).is_open({kEarlier + 5 * 3600, 0}));
}

TEST_CASE("as counted minute by minute, over two weeks") {
  const auto kEvery = static_cast<std::size_t>(cut_to_one_in());
  std::mt19937 random(20261128);
  int open = 0;
  int closed = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> texts;
    std::vector<bool> minutes(kMinutesOfWeek, false);
    for (auto count = 1 + random() % 3; count > 0; --count) {
      const Drawn drawn = draw(random);
      texts.push_back(drawn.text);
      for (std::size_t i = 0; i < minutes.size(); ++i)
        minutes[i] = minutes[i] || drawn.minutes[i];
    }
    CAPTURE(texts.front());
    CAPTURE(texts.back());
    const Windows windows(texts);
    const std::int64_t offset = (static_cast<int>(random() % 105) - 48) * 15 * 60;
    CAPTURE(offset);
    std::string next;  // seen from the end, which is like the beginning
    for (std::size_t i = 4 * kMinutesOfWeek; i-- > 0;) {
      const std::size_t minute = i % kMinutesOfWeek;
      if (minutes[minute])
        next = std::string(kNamesOfDays[minute / kMinutesOfDay]) + " " +
               clock_text(static_cast<int>(minute % kMinutesOfDay));
      if (i >= 2 * kMinutesOfWeek || i % kEvery != 0) continue;
      const LocalTime now{kMonday + static_cast<std::int64_t>(i * 60 + random() % 60) - offset,
                          offset};
      CAPTURE(i);
      REQUIRE(windows.is_open(now) == minutes[minute]);
      if (minutes[minute]) {
        ++open;
      } else {
        ++closed;
        REQUIRE(windows.next_opening(now) == next);
      }
    }
  }
  CHECK(open > rounds(50'000));
  CHECK(closed > rounds(50'000));
}
