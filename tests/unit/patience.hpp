#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace stage3 {

/// How long a test waits for what should come at once: much longer than any machine takes, under
/// valgrind and with much else to do; and much shorter than the time limits of `quick()`
/// (run/fleet.hpp), so that what comes within it has not waited for one of those.
constexpr auto kPatience = std::chrono::seconds(120);

/// Waits for what another thread does; false: it has not for long.
inline bool wait_until(const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// For what comes about only if a device answers, or a thread gets its turn, within a time limit:
/// whoever can do it does it in one of several tries, however busy the machine, and whoever cannot
/// does it in none. Each may give twice the time of the one before: `factor` times that of the
/// first.
inline bool in_one_of_several_tries(const std::function<bool(int factor)>& succeeds) {
  for (const int factor : {1, 2, 4, 8, 16})
    if (succeeds(factor)) return true;
  return false;
}

}  // namespace stage3
