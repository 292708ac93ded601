#include "update_watch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stage3/text.hpp>

namespace cli {

using stage3::DeviceEvent;

namespace {

constexpr double kLongest = 1e9;  // seconds that are worth being told

}  // namespace

void UpdateWatch::note(DeviceEvent event, const stage3::Device& device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  switch (event) {
    case DeviceEvent::started:
      return;
    case DeviceEvent::update_permitted:
      waiting_.insert(device.key);
      return;
    case DeviceEvent::update_sent:
      waiting_.erase(device.key);
      return;
    case DeviceEvent::update_away:
      away_.emplace(device.key, Clock::now());
      return;
    case DeviceEvent::update_back:
      back_ += away_.erase(device.key);
      return;
    case DeviceEvent::update_ended:
      away_.erase(device.key);
      return;
  }
}

void UpdateWatch::forget(const stage3::Device& device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.erase(device.key);
  away_.erase(device.key);
}

std::string UpdateWatch::text(double rate) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string out;
  if (!waiting_.empty()) {
    out += "  " + std::to_string(waiting_.size()) + " wait for ota.rate";
    const double seconds = rate > 0 ? std::ceil(static_cast<double>(waiting_.size()) / rate) : 0;
    if (seconds >= 1 && seconds < kLongest)
      out += " (" + stage3::in_words(static_cast<std::int64_t>(seconds)) + ')';
  }
  if (away_.empty()) return out;
  const auto earlier = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto first = std::min_element(away_.begin(), away_.end(), earlier)->second;
  const auto longest = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - first);
  out += "  " + std::to_string(away_.size()) + " away (" + stage3::in_words(longest.count()) + ')';
  if (back_ != 0) out += ", " + std::to_string(back_) + " back";
  return out;
}

}  // namespace cli
