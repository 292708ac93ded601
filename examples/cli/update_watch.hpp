#pragma once

#include <chrono>
#include <cstddef>
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

  /// For the line that shows how far the run is: `  22 wait for ota.rate (6 s)  5 away (2 min), 2
  /// back`, or nothing. `rate`: updates that may start a second, 0 for any number.
  std::string text(double rate) const;

 private:
  using Clock = std::chrono::steady_clock;

  mutable std::mutex mutex_;
  /// By key: since when nobody has seen the new build run.
  std::map<std::string, Clock::time_point> away_;
  std::size_t back_ = 0;  ///< that have been seen again
  /// May start as soon as `ota.rate` lets them.
  std::set<std::string> waiting_;
};

}  // namespace cli
