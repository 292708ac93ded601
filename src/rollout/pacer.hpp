#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.hpp"

namespace stage3::rollout {

/// Hands out times so that things happen at most at a given rate.
class Pacer {
 public:
  /// `per_second`: 0 = no limit. `burst`: so many may happen at the same time, >= 1; the rate holds
  /// for every window of time that takes as many at the rate.
  Pacer(double per_second, std::size_t burst);

  /// Reserves the next turn in the order of the calls: the time at which it may be used, never
  /// before `now`.
  Clock::time_point reserve(Clock::time_point now);

  /// How many turns could be reserved and used at once.
  std::size_t count_free(Clock::time_point now);

  /// The time of the turn that would be reserved next; in the past: it is free.
  Clock::time_point next_turn();

 private:
  /// When the turn `index` behind the oldest one may be used again.
  Clock::time_point free_at(std::size_t index) const;
  /// The last ones, a ring; empty: no limit.
  std::vector<Clock::time_point> turns_;
  std::size_t oldest_ = 0;
  /// In which at most turns_.size() may happen.
  Clock::duration window_{};
};

}  // namespace stage3::rollout
