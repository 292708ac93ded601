#include "config/window.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "config/section.hpp"

namespace stage3::config {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string like() {
  return ", it must be like 'Mon-Fri 02:00-05:00', 'Sat,Sun 22:00-06:00' or '02:00-05:00'";
}

/// What stands before the first `mark`, which is taken away with it; all, where there is none.
std::string_view cut_off(std::string_view& rest, char mark) {
  const std::string_view part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

/// Minutes from 00:00 to 24:00; -1: it is no time.
int minutes_of(std::string_view time) {
  if (time.size() != 5 || time[2] != ':') return -1;
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (!is_digit(time[i])) return -1;
  const int hour = (time[0] - '0') * 10 + (time[1] - '0');
  const int minute = (time[3] - '0') * 10 + (time[4] - '0');
  const int all = hour * 60 + minute;
  return minute < 60 && all <= kMinutesOfDay ? all : -1;
}

std::size_t day_of(std::string_view name, std::string_view item) {
  const auto* const day =
      std::find_if(kDayNames.begin(), kDayNames.end(), [&](std::string_view known) {
        return std::equal(known.begin(), known.end(), name.begin(), name.end(),
                          [](char a, char b) { return to_lower(a) == to_lower(b); });
      });
  if (day == kDayNames.end()) {
    throw Refusal{quoted(item) + ": " + quoted(name) +
                  " is no day, they are Mon, Tue, Wed, Thu, Fri, Sat and Sun"};
  }
  return static_cast<std::size_t>(day - kDayNames.begin());
}

void set_days(std::string_view days, std::string_view item, Window& window) {
  do {
    std::string_view range = cut_off(days, ',');
    const bool has_end = range.find('-') != std::string_view::npos;
    std::size_t day = day_of(cut_off(range, '-'), item);
    const std::size_t last = has_end ? day_of(range, item) : day;
    window.days[day] = true;
    while (day != last) {
      day = (day + 1) % kDayNames.size();
      window.days[day] = true;
    }
  } while (!days.empty());
}

}  // namespace

Window Window::parse(std::string_view item) {
  Window window;
  const std::size_t blank = item.rfind(' ');
  std::string_view times = blank == std::string_view::npos ? item : item.substr(blank + 1);
  if (std::none_of(times.begin(), times.end(), is_digit)) {
    throw Refusal{quoted(item) + " has no times" + like() + ", in quotes where it stands in [ ]"};
  }
  window.begin = minutes_of(cut_off(times, '-'));
  window.end = minutes_of(times);
  if (window.begin < 0 || window.end < 0 || window.begin == kMinutesOfDay)
    throw Refusal{quoted(item) + " has no such times, HH:MM-HH:MM from 00:00 to 24:00" + like()};
  if (window.begin == window.end) {
    throw Refusal{quoted(item) +
                  " ends when it begins: a whole day is 00:00-24:00, and without windows any "
                  "time will do"};
  }
  if (window.end < window.begin) window.end += kMinutesOfDay;
  if (blank == std::string_view::npos) {
    window.days.fill(true);
  } else {
    std::string_view days = item.substr(0, blank);
    if (days.empty() || days.back() == ',') throw Refusal{quoted(item) + " lacks a day" + like()};
    set_days(days, item, window);
  }
  return window;
}

}  // namespace stage3::config
