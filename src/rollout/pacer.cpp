#include "rollout/pacer.hpp"

#include <algorithm>
#include <limits>

namespace stage3::rollout {
namespace {

/// Longer than any run; as a number of the clock's ticks far from the largest one.
constexpr Clock::duration kLongest = std::chrono::hours(24 * 365 * 100);

}  // namespace

Pacer::Pacer(double per_second, std::size_t burst) {
  if (per_second <= 0) return;
  const double count = std::clamp(per_second, 1.0, static_cast<double>(burst));
  const auto whole = static_cast<std::size_t>(count);
  const std::chrono::duration<double> window(static_cast<double>(whole) / per_second);
  window_ = window < kLongest ? std::chrono::duration_cast<Clock::duration>(window) : kLongest;
  turns_.assign(whole, Clock::time_point() - window_);
}

Clock::time_point Pacer::reserve(Clock::time_point now) {
  if (turns_.empty()) return now;
  const Clock::time_point time = std::max(now, free_at(0));
  turns_[oldest_] = time;
  oldest_ = (oldest_ + 1) % turns_.size();
  return time;
}

Clock::time_point Pacer::free_at(std::size_t index) const {
  const Clock::time_point used = turns_[(oldest_ + index) % turns_.size()];
  // A slow rate hands out times beyond what a clock can count: those are all the last one.
  return used < Clock::time_point::max() - window_ ? used + window_ : Clock::time_point::max();
}

std::size_t Pacer::count_free(Clock::time_point now) {
  if (turns_.empty()) return std::numeric_limits<std::size_t>::max();
  std::size_t free = 0;
  std::size_t end = turns_.size();
  while (free < end) {
    const std::size_t middle = free + (end - free) / 2;
    if (free_at(middle) <= now)
      free = middle + 1;
    else
      end = middle;
  }
  return free;
}

Clock::time_point Pacer::next_turn() {
  if (turns_.empty()) return Clock::time_point();
  return free_at(0);
}

}  // namespace stage3::rollout
