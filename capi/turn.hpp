#pragma once

#include <atomic>
#include <stage3/error.hpp>

namespace stage3::capi {

/// A call that only one thread at a time may be in. Who comes while one is under way is refused:
/// waiting for it would hide the mistake, and for ever if the call is the caller's own.
class Turn {
 public:
  /// Throws Error(Errc::reentrant) with `message` if the turn is taken.
  Turn(std::atomic<bool>& taken, const char* message) : taken_(taken) {
    if (taken_.exchange(true, std::memory_order_acquire))
      throw stage3::Error(stage3::Errc::reentrant, message);
  }
  ~Turn() { taken_.store(false, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic<bool>& taken_;
};

}  // namespace stage3::capi
