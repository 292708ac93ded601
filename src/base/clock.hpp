#pragma once

#include <chrono>
#include <cstdint>

namespace stage3 {

/// For spans of time: it never jumps.
using Clock = std::chrono::steady_clock;

/// What time it is. Only those who perform actions ask it (run/, job/ and the network they use);
/// whatever decides is given the time, so that a test can have a night pass in a millisecond. Any
/// thread.
class TimeSource {
 public:
  virtual ~TimeSource() = default;

  virtual Clock::time_point now() const noexcept = 0;
  /// Seconds since the epoch, for what is written down.
  virtual std::int64_t utc() const noexcept = 0;
};

/// The kernel's clocks.
const TimeSource& system_time() noexcept;

}  // namespace stage3
