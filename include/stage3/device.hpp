#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace stage3 {

/// A device's MAC address, its only identity.
class Mac {
 public:
  Mac() = default;

  /// Any usual spelling: 12 hex digits in either case, bare or in pairs separated by ':' or '-'
  /// throughout. Nothing else.
  static std::optional<Mac> parse(std::string_view text) noexcept;

  /// 12 upper-case hex digits, as Shelly devices spell it.
  std::string to_string() const;

  friend bool operator==(const Mac& a, const Mac& b) noexcept { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Mac& a, const Mac& b) noexcept { return !(a == b); }
  friend bool operator<(const Mac& a, const Mac& b) noexcept { return a.bytes_ < b.bytes_; }

 private:
  std::array<std::uint8_t, 6> bytes_{};
};

/// Where a device is asked: an IPv4 or IPv6 literal and a TCP port. Nothing that needs resolving.
class Address {
 public:
  Address() = default;

  /// `ip`, `ip:port`, `[v6]`, `[v6]:port` or a bare IPv6 literal; IPv4 in strict dotted-quad form,
  /// no octal, no zone. `default_port` (1..65535) holds where the text names none.
  static std::optional<Address> parse(std::string_view text,
                                      std::uint16_t default_port = 80) noexcept;

  /// 4 or 16 bytes in network order; the port is 80.
  static Address from_bytes_v4(const std::uint8_t* bytes) noexcept;
  static Address from_bytes_v6(const std::uint8_t* bytes) noexcept;

  bool is_v6() const noexcept { return v6_; }
  std::uint16_t port() const noexcept { return port_; }
  /// 4 or 16 bytes in network order, the first ones of the array.
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

  /// The canonical literal without port or brackets.
  std::string ip() const;
  /// `ip`, or `ip:port` / `[v6]:port` where the port is not 80.
  std::string to_string() const;
  /// What stands in a URL or Host header: `ip:port` or `[v6]:port`, port always given.
  std::string authority() const;

  friend bool operator==(const Address& a, const Address& b) noexcept {
    return a.v6_ == b.v6_ && a.port_ == b.port_ && a.bytes_ == b.bytes_;
  }
  friend bool operator<(const Address& a, const Address& b) noexcept {
    return std::tie(a.v6_, a.bytes_, a.port_) < std::tie(b.v6_, b.bytes_, b.port_);
  }

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 80;
  bool v6_ = false;
};

/// The wanted name as the state file has it.
struct WantedName {
  enum class Kind { absent, text, not_a_string };
  Kind kind = Kind::absent;
  std::string text;  ///< as spelled in the file, UTF-8, not normalised
};

/// One known device: an entry of the state file, or made by the embedder.
struct Device {
  std::string key;  ///< the entry's key as spelled; identifies the entry in StateStore::record()
  Mac mac;          ///< what the device must report
  std::vector<Mac> aliases;  ///< other MACs that it may report (`mac_aliases`)
  Address address;
  std::string address_text;  ///< the address as the file spells it, for messages; may be empty
  std::string model;         ///< for display; empty: the device's own `app` is shown
  WantedName wanted_name;
  std::string
      defect;  ///< not empty: the entry cannot be used, and why; reported as failed, never asked
  void* user = nullptr;  ///< the embedder's; never touched
};

/// Those of `devices` that are at one of `addresses`, in their order; an address without a port
/// stands for all its ports. Throws Error(Errc::invalid_argument) for text that is no address and
/// for an address that no device has.
std::vector<Device> at_addresses(const std::vector<Device>& devices,
                                 const std::vector<std::string>& addresses);

/// The closed set of words in `stage3.ota_status`; other provisioning stages read them.
enum class OtaStatus { up_to_date, update_available, offline, check_failed, error, skipped };

/// The closed set of words in `stage3.friendly_status`.
enum class FriendlyStatus { ok, no_value, error, skipped };

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
  sent_already     ///< the update was sent to this device before, in this run
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

  // Observed; empty or none where the right device did not tell.
  std::string id;     ///< `id`, e.g. "shellyplus1-a8032abe54dc"
  std::string app;    ///< `app`
  std::string fw;     ///< `ver`
  std::string fw_id;  ///< `fw_id`
  std::optional<std::string>
      device_name;  ///< name on the device after the run; "" = known to have none
  std::optional<std::string>
      previous_name;        ///< with name_changed: the one before; none: it could not be read
  std::string wanted_name;  ///< the normalised wanted name
  std::string update;       ///< offered newer version; empty = none

  bool name_changed = false;  ///< the name was written; in a dry run: would be
  bool update_sent = false;   ///< Shelly.Update went out and was accepted, or not answered
  bool update_held = false;   ///< an update was wanted but not permitted in this run

  std::int64_t finished_at = 0;  ///< seconds since the epoch (UTC)
  std::int64_t last_seen = 0;    ///< when the right device last answered, likewise; 0 = it did not

  /// The texts of all errors joined by "; ".
  std::string error_text() const;
};

/// The words of the state file and of the command's output.
const char* to_string(OtaStatus) noexcept;
const char* to_string(FriendlyStatus) noexcept;
const char* to_string(Outcome) noexcept;
const char* to_string(Part) noexcept;
const char* to_string(Cause) noexcept;

/// One JSON object without a newline, `{"v":1,"type":"device",...}`: what `stage3 --json` prints.
/// Members are only ever added. Pure ASCII control-free output.
std::string to_json(const DeviceResult&);

/// `text` made safe for a terminal or a log line: C0 and C1 controls, DEL, bidirectional and other
/// invisible format characters, line separators and invalid UTF-8 become visible escapes (\n, \x1b,
/// \u202e), a backslash is doubled so that no text can look like another's escape; the rest is
/// unchanged. \xNN is always a byte, \uNNNN a code point.
std::string escape(std::string_view text);

/// UTC time as `2026-11-23T14:31:05Z`. A time outside of the years 1000 to 9999 becomes the
/// nearest one that is not.
std::string to_utc(std::int64_t seconds_since_epoch);

}  // namespace stage3
