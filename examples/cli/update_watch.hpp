#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <stage3/runner.hpp>
#include <string>

namespace cli {

/// What a run waits for, as far as updates go. Any thread.
class UpdateWatch {
 public:
  void note(stage3::DeviceEvent event, const stage3::Device& device);
  /// The device is done.
  void forget(const stage3::Device& device);

  /// For the line that shows how far the run is: ` away=5 (for 2 min) waiting=22`, or nothing.
  std::string text() const;

 private:
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;
  /// By key: since when nobody has seen the new build run.
  std::map<std::string, Clock::time_point> away_;
  /// May start as soon as `ota.rate` lets them.
  std::set<std::string> waiting_;
};

}  // namespace cli
