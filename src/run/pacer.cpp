#include "run/pacer.hpp"

#include <algorithm>

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

}  // namespace stage3::run
