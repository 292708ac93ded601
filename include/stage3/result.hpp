#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <stage3/device.hpp>
#include <stage3/on_record.hpp>
#include <stage3/text.hpp>

namespace stage3 {

/// What became of a device, in one word.
enum class Outcome {
  ok,
  failed,    ///< a hard OTA, name, identity, login or entry error
  offline,   ///< it gave no HTTP answer at all
  cancelled  ///< never started, or abandoned; nothing is recorded for it
};

/// The part of the work an error belongs to; the first word of its text.
enum class Part { reach, identity, auth, ota, friendly, entry };

/// The kind of an error: stable, for programs. The text is for people and may change.
enum class Cause {
  refused,      ///< TCP connection refused
  unreachable,  ///< no usable route, host or network unreachable
  reset,        ///< connection reset
  closed,       ///< closed without an answer, or in the middle of one
  timeout,
  http,            ///< an HTTP status other than 200
  rpc,             ///< an RPC error object
  malformed,       ///< an answer that is not HTTP, not JSON or not what was asked for
  too_large,       ///< an answer beyond the limits
  wrong_device,    ///< another MAC than the entry's
  unsupported,     ///< Gen1
  login_required,  ///< no password is known
  login_refused,   ///< the password was not accepted
  login_declined,  ///< the challenge was not one a password may be sent to
  name_mismatch,   ///< the device kept another name than the one written
  name_unknown,    ///< the name cannot be read, and must be known
  bad_value,       ///< the entry's value cannot be used
  no_answer,       ///< Shelly.Update went out, no answer came: it may have started
  local,           ///< this machine could not ask (out of memory, no local address, ...)
  sent_already,    ///< the update was sent to this device before, in this run
  tls,             ///< no TLS handshake came about: a fault in it, or no TLS at all
  tls_key,         ///< another TLS key than the one on record; nothing was sent
  tls_untrusted,   ///< a certificate that does not chain to `network.tls_ca`; nothing was sent
  tls_only,        ///< the device wants HTTPS, and `network.tls` or its address forbids it
  tls_missing,     ///< `network.tls` wants TLS, and the device has none
  redirected,      ///< the device sends whoever asks to another address
  not_installed,   ///< an update has ended, and what it was to bring does not run
  lost             ///< an update was sent to the device, and it was not there in the end
};

struct DeviceError {
  Part part;
  Cause cause;
  int http_status = 0;  ///< 0: none
  int rpc_code = 0;     ///< 0: none
  std::string text;  ///< `<part>: <cause>`; may hold what the device sent: escape before printing
};

/// All that is known about a device after its turn. Text fields may hold what a device sent (valid
/// UTF-8, but any character): pass them through stage3::escape() before they reach a terminal or a
/// log.
struct DeviceResult {
  Device device;
  Outcome outcome = Outcome::cancelled;
  std::optional<OtaStatus> ota_status;            ///< none: cancelled
  std::optional<FriendlyStatus> friendly_status;  ///< none: not reached; the recorded one stays
  std::vector<DeviceError> errors;                ///< in the order they happened
  /// The ids of `errors` (error_info.hpp), each once, joined by a blank; kept beside them, since a
  /// result that comes back from elsewhere may have the texts only.
  std::string error_id;

  // Observed; empty or none where the right device did not say.
  std::string id;     ///< `id`, e.g. "shellyplus1-a8032abe54dc"
  std::string app;    ///< `app`
  std::string fw;     ///< `ver`
  std::string fw_id;  ///< `fw_id`
  std::optional<std::string>
      device_name;  ///< name on the device after the run; "" = known to have none
  std::optional<std::string>
      previous_name;         ///< with name_changed: the one before; none: it could not be read
  std::string wanted_name;   ///< the normalised wanted name
  std::string update;        ///< offered newer version; empty = none
  std::string update_build;  ///< the offer's build id; empty: it had none

  /// The device was asked by TLS, there and with this key; none: by plain HTTP, or nothing is
  /// known.
  std::optional<TlsPin> tls;
  /// With `tls`: what its certificate says. Devices have no clock: that is worth a notice, no
  /// error.
  CertificateTime certificate = CertificateTime::valid;
  bool tls_key_changed = false;  ///< with `tls`: another one was on record, and the caller took it

  bool name_changed = false;  ///< the name was written; in a dry run: would be
  bool update_sent = false;   ///< Shelly.Update went out and was accepted, or not answered
  bool update_ended = false;  ///< this run has seen the end of an update, and `ota` says which
  bool update_held = false;   ///< an update was wanted but not permitted in this run
  std::string held;           ///< with update_held: why, where there is a reason of its own

  /// What is to be on record of the last update from now on; null: what is there stays. One whose
  /// state is `none` takes back what was written down for an update that was not sent after all.
  std::shared_ptr<const UpdateRecord> ota;

  std::int64_t finished_at = 0;  ///< seconds since the epoch (UTC)
  std::int64_t last_seen = 0;    ///< when the right device last answered, likewise; 0 = it did not

  /// The texts of all errors joined by "; ".
  std::string error_text() const;

  /// Since when the device fails or is offline without having done well in between, in seconds
  /// since the epoch (UTC): by what is on record of it, else `finished_at`; 0: it does well, or
  /// nobody knows.
  std::int64_t failing_since() const;
};

/// The words of the state file and of the command's output.
const char* to_string(Outcome) noexcept;
const char* to_string(Part) noexcept;
const char* to_string(Cause) noexcept;

/// One JSON object without a newline, `{"v":1,"type":"device",...}`: what `stage3 --json` prints.
/// Members are only ever added. Pure ASCII control-free output.
std::string to_json(const DeviceResult&);

}  // namespace stage3
