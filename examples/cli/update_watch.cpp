#include "update_watch.hpp"

#include <algorithm>
#include <stage3/text.hpp>

namespace cli {

using stage3::DeviceEvent;

void UpdateWatch::note(DeviceEvent event, const stage3::Device& device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (event == DeviceEvent::update_permitted) waiting_.insert(device.key);
  if (event == DeviceEvent::update_sent) waiting_.erase(device.key);
  if (event == DeviceEvent::update_away) away_.emplace(device.key, Clock::now());
  if (event == DeviceEvent::update_ended) away_.erase(device.key);
}

void UpdateWatch::forget(const stage3::Device& device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.erase(device.key);
  away_.erase(device.key);
}

std::string UpdateWatch::text() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string out;
  if (!away_.empty()) {
    auto first = Clock::time_point::max();
    for (const auto& [key, since] : away_)
      first = std::min(first, since);
    const auto longest = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - first);
    out += " away=" + std::to_string(away_.size()) + " (for " + stage3::in_words(longest.count()) +
           ')';
  }
  if (!waiting_.empty()) out += " waiting=" + std::to_string(waiting_.size());
  return out;
}

}  // namespace cli
