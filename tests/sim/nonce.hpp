#pragma once

#include <optional>
#include <string>

namespace sim {

struct Device;

/// Makes the login state of `device` where it has none yet.
void prepare_login(Device& device);

/// Firmware 2.0: nonces are tracked in slots.
bool uses_slots(const Device& device);

/// Every slot holds a nonce.
bool slots_are_full(const Device& device);

/// The slots are full and none holds `nonce`: such a login gets 429 and changes nothing.
bool is_lost(Device& device, const std::string& nonce);

/// A request without a login comes: does it get 429? With full slots the first one starts a window
/// in which all of them do; after it the oldest nonce's slot is free. `now` in seconds on the
/// simulator's clock.
bool is_in_window(Device& device, double now);

/// Another program takes all slots: no nonce given so far is known any more.
void lose_nonces(Device& device, double now);

/// Frees the slot of `nonce`, which is known, where all slots are taken: the 401 to its login
/// carries a new one.
void make_room(Device& device, const std::string& nonce);

/// Frees the slots whose nonce has outlived its time. `now` in seconds on the simulator's clock.
void drop_expired(Device& device, double now);

/// A WWW-Authenticate value with a new nonce. With slots, this takes one, which must be free.
std::string next_challenge(Device& device, double now, bool is_stale);

/// The `opaque` value of the challenge, which must come back; nothing for most devices.
std::optional<std::string> opaque_of(const Device& device);

enum class NonceUse {
  fresh,
  stale,       ///< unknown, expired or worn out
  miscounted,  ///< the first `nc` was not 00000001, or it did not rise
};

NonceUse use_nonce(Device& device, const std::string& nonce, const std::string& count);

}  // namespace sim
