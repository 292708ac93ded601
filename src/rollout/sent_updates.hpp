#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include <stage3/device.hpp>

#include "base/clock.hpp"

namespace stage3::rollout {

/// Which device was sent an update, so that one that comes again is not sent another: in the same
/// round (from no device left to no device left) none, and one to the same version none for ten
/// minutes, by when it has ended one way or the other. A round without an end counts anew after a
/// day. Knows a device by all its MACs.
///
/// Remembers no more than what counts, a few bytes for each device that was updated within a day.
class SentUpdates {
 public:
  void note(const Device& device, const std::string& version, std::uint64_t round,
            Clock::time_point now);

  bool forbid(const Device& device, const std::string& version, std::uint64_t round,
              Clock::time_point now) const;

  /// Whether it was noted in this round.
  bool is_of_round(const Device& device, std::uint64_t round, Clock::time_point now) const;

  /// How many MACs are remembered.
  std::size_t size() const;

 private:
  struct Sent {
    std::string version;
    std::uint64_t round;
    Clock::time_point time;
  };

  /// Whether a `Sent` of one of its MACs is as `wanted` says.
  template <class Wanted>
  bool has(const Device& device, Wanted wanted) const;
  static bool counts(const Sent& sent, std::uint64_t round, Clock::time_point now);
  void forget(std::uint64_t round, Clock::time_point now);
  std::map<Mac, Sent> sent_;
  /// The size at which it is worth looking for what counts no more.
  std::size_t forget_at_ = 64;
};

}  // namespace stage3::rollout
