#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <stage3/tls.hpp>

namespace stage3 {

/// Where the last update of a device stands. "Started" is not "installed": only `updated` means
/// that the device itself has shown that it runs the new build.
enum class UpdateState {
  none,       ///< there is no record, or there is to be none
  sent,       ///< Shelly.Update was, or is about to be, sent; its end has not been seen
  updated,    ///< it runs what it was sent
  unchanged,  ///< it still runs what it ran before
  unstable,   ///< it runs what it was sent, and has rebooted again at once
  other,      ///< it runs neither
  refused,    ///< it declined for good
  lost,       ///< when an update should be over it was not there
  unreadable  ///< there is a record, and it cannot be read: left as it is, and nothing is sent
};

/// `stage3.ota` of an entry: the last update of a device. Written durably before Shelly.Update
/// leaves, so that whoever comes next, after a crash or on another machine, neither sends it twice
/// nor forgets to look how it ended. A host without a state file keeps it in its own database.
struct UpdateRecord {
  UpdateState state = UpdateState::none;
  std::string from;           ///< the version that ran when it was sent
  std::string to;             ///< the version that was sent
  std::string build;          ///< its build id; empty: the offer had none
  std::int64_t sent_at = 0;   ///< seconds since the epoch (UTC)
  std::int64_t ended_at = 0;  ///< likewise: when the new build began to run, or the end was seen
  int attempts = 0;           ///< how often this build was sent; from 1
  std::string error;          ///< why it has failed, or what is not known of it; empty: nothing
  /// Of a record that is about to be written down: where the device speaks TLS, and its key, to be
  /// on record together with it (`stage3.tls`). Without it whoever comes after a crash would take
  /// any key. None in a record that was read, or that comes with a result.
  std::optional<TlsPin> tls{};
  bool tls_key_changed = false;  ///< that key takes the place of another one: somebody said yes

  friend bool operator==(const UpdateRecord& a, const UpdateRecord& b) {
    return a.state == b.state && a.from == b.from && a.to == b.to && a.build == b.build &&
           a.sent_at == b.sent_at && a.ended_at == b.ended_at && a.attempts == b.attempts &&
           a.error == b.error && a.tls == b.tls && a.tls_key_changed == b.tls_key_changed;
  }
  friend bool operator!=(const UpdateRecord& a, const UpdateRecord& b) { return !(a == b); }
};

/// The words of `stage3.ota.state`; empty for `none` and `unreadable`, which are never written.
const char* to_string(UpdateState) noexcept;

}  // namespace stage3
