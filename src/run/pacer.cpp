#include "run/pacer.hpp"

#include <algorithm>
#include <limits>

namespace stage3::run {

Pacer::Pacer(double per_second, std::size_t burst) {
  if (per_second <= 0) return;
  const double count = std::clamp(per_second, 1.0, static_cast<double>(burst));
  const auto whole = static_cast<std::size_t>(count);
  window_ = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(static_cast<double>(whole) / per_second));
  places_.assign(whole, Clock::time_point() - window_);
}

Clock::time_point Pacer::reserve(Clock::time_point now) {
  if (places_.empty()) return now;
  const std::lock_guard<std::mutex> lock(mutex_);
  Clock::time_point& place = places_[oldest_];
  place = std::max(now, place + window_);
  oldest_ = (oldest_ + 1) % places_.size();
  return place;
}

Clock::time_point Pacer::free_at(std::size_t index) const {
  return places_[(oldest_ + index) % places_.size()] + window_;
}

std::size_t Pacer::count_free(Clock::time_point now) {
  if (places_.empty()) return std::numeric_limits<std::size_t>::max();
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t free = 0;
  std::size_t end = places_.size();
  while (free < end) {
    const std::size_t middle = free + (end - free) / 2;
    if (free_at(middle) <= now)
      free = middle + 1;
    else
      end = middle;
  }
  return free;
}

Clock::time_point Pacer::next_place() {
  if (places_.empty()) return Clock::time_point();
  const std::lock_guard<std::mutex> lock(mutex_);
  return free_at(0);
}

}  // namespace stage3::run
