#pragma once

#include <optional>
#include <string>

namespace sim {

struct Device;

/// Makes the login state of `device` where it has none yet.
void prepare_login(Device& device);

/// Firmware 2.0: nonces are tracked in slots.
bool uses_slots(const Device& device);

/// Every slot holds a nonce: requests with a login get 429.
bool slots_are_full(const Device& device);

/// Frees the slots whose nonce has outlived its time. `now` in seconds on the simulator's clock.
void drop_expired(Device& device, double now);

/// A WWW-Authenticate value with a new nonce. With slots, this takes one; where all are taken it
/// forgets them, which is how a client that asks without a login recovers.
std::string next_challenge(Device& device, double now, bool is_stale);

/// The `opaque` value of the challenge, which must come back; nothing for most devices.
std::optional<std::string> opaque_of(const Device& device);

enum class NonceUse {
  fresh,
  stale,     ///< unknown, expired or worn out
  replayed,  ///< `nc` did not rise
};

NonceUse use_nonce(Device& device, const std::string& nonce, const std::string& count);

}  // namespace sim
