#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <stage3/device_probe.hpp>

#include "base/clock.hpp"

namespace stage3::rollout {

/// What an address has said, or not said, when it was asked who it is: enough to play it to the
/// other devices that should be there. Written by the task that asks, read by all once it is done.
class AddressAnswer {
 public:
  explicit AddressAnswer(bool answers_ping) : answers_ping_(answers_ping) {}

  /// What came of `call`, which has ended.
  void add(const Call& call, const Reply& reply, Clock::time_point now,
           std::int64_t seconds_since_epoch);

  /// False if it says more about this machine than about the address.
  bool is_usable() const;
  /// Whether a device may be written to on the strength of it.
  bool is_fresh(Clock::time_point now) const;
  /// When the last answer came, in seconds since the epoch.
  std::int64_t time() const noexcept { return time_; }

  /// Begins the conversation of a probe with `start` and goes on for as long as the answer reaches
  /// and the probe asks by the same way, which is not said of two entries that have other keys. Not
  /// while its device is away: what the address says afterwards is news.
  /// Returns what the probe wants next: Done for all but the right device, which has been seen
  /// then.
  Action play_to(DeviceProbe& probe, const Started& start) const;

 private:
  /// A Reply that owns its texts. None of them has to do with a login: asking who one is needs
  /// none.
  struct Heard {
    std::optional<TlsTerms> tls;
    int status;
    std::string body;
    std::optional<Cause> failure;
    std::string detail;
    std::string location;
    std::optional<KeyHash> key;
    CertificateTime certificate;
  };

  bool answers_ping_;
  std::vector<Heard> heard_;
  Clock::time_point heard_at_{};
  std::int64_t time_ = 0;
};

}  // namespace stage3::rollout
