#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sim {

struct Device;
struct Request;

/// A nonce that firmware 2.0 keeps track of.
struct NonceSlot {
  std::string nonce;
  double issued_at = 0;
  std::uint32_t last_count = 0;  ///< the highest `nc` seen
  std::uint32_t uses = 0;
};

/// What a device remembers of logins.
struct LoginState {
  std::vector<NonceSlot> slots;       ///< the oldest first
  std::optional<double> window_ends;  ///< in which requests without a login get 429
  std::uint32_t issued = 0;
  std::uint32_t accepted = 0;
  std::vector<double> failures;  ///< when logins failed since the last good one, the oldest first
  double locked_until = 0;
};

/// What becomes of a request to a device with a password.
struct LoginVerdict {
  bool is_accepted = false;
  int status = 0;         ///< 401 or 429 when not accepted
  std::string challenge;  ///< WWW-Authenticate of a 401
};

/// Judges `request`; the device must have a LoginPlan. `now` in seconds on the simulator's clock.
LoginVerdict judge_login(Device& device, const Request& request, double now);

/// The device has rebooted: it knows no nonce and no failed login any more.
void forget_logins(Device& device);

}  // namespace sim
