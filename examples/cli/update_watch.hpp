#pragma once

#include <atomic>
#include <cstddef>
#include <stage3/runner.hpp>

namespace cli {

/// How many devices a run waits for, since their updates have not ended. Any thread.
class UpdateWatch {
 public:
  void note(stage3::DeviceEvent event) {
    if (event == stage3::DeviceEvent::update_away) ++gone_;
    if (event == stage3::DeviceEvent::update_back) ++back_;
  }

  std::size_t away() const {
    const std::size_t over = back_;
    return gone_ > over ? gone_ - over : 0;
  }
  std::size_t back() const { return back_; }

 private:
  std::atomic<std::size_t> gone_{0};
  std::atomic<std::size_t> back_{0};
};

}  // namespace cli
