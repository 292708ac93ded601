#include "base/clock.hpp"

#include <ctime>

namespace stage3 {

namespace {

class SystemTime final : public TimeSource {
 public:
  Clock::time_point now() const noexcept override { return Clock::now(); }
  std::int64_t utc() const noexcept override { return std::time(nullptr); }
};

}  // namespace

const TimeSource& system_time() noexcept {
  static const SystemTime time;
  return time;
}

}  // namespace stage3
