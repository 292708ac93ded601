#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/window.hpp"

namespace stage3::rollout {

constexpr std::int64_t kSecondsOfDay = 24 * 60 * 60;

/// A moment as the operator's clock shows it.
struct LocalTime {
  /// Seconds since the epoch.
  std::int64_t utc = 0;
  /// What the clock is ahead of UTC at this very moment, in seconds. So a change of the clock is
  /// nothing to know of: the hour that comes twice is in a window twice, the one left out never.
  std::int64_t offset = 0;
};

/// When updates may be sent.
class Windows {
 public:
  /// `ota.windows`, valid; none of them: always.
  explicit Windows(const std::vector<std::string>& items);

  bool is_open(LocalTime now) const;

  /// "Mon 02:00", the day and time at which one opens next on that clock, where none is open.
  std::string next_opening(LocalTime now) const;

 private:
  std::vector<config::Window> windows_;
};

}  // namespace stage3::rollout
