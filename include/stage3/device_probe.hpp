#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <stage3/config.hpp>
#include <stage3/result.hpp>

namespace stage3 {

/// Finds the password for a device that may ask for a login; `realm` is the device's id. None or an
/// empty one: no password is known.
using PasswordSource =
    std::function<std::optional<std::string>(const Mac&, std::string_view realm)>;

/// Whether a device may have another TLS key from now on, this one, than the key that is on record.
using KeyDecision = std::function<bool(const Device&, const KeyHash&)>;

/// What holds for every device of a run. Outlives the probes made with it.
struct Policy {
  /// As Config::validate() wants it, which is not called here.
  Config config;
  /// Reading RPCs only.
  bool dry_run = false;
  /// Updates that have failed count as never tried.
  bool resume = false;
  /// Why the update that a result offers is not to be sent now (`ota.hold` and its like); an empty
  /// text, or no function: there is no reason. Called on the thread that drives the probe, in a dry
  /// run, too.
  std::function<std::string(const DeviceResult&)> why_held{};
  /// May be empty; called on the thread that drives the probe.
  PasswordSource password_source;
  /// Empty: no. Called on the thread that drives the probe, before anything was sent to whoever has
  /// the key; again at each look at a device that is away, until it was seen by TLS.
  KeyDecision accept_key{};
};

// --- Events: what happened

/// What time it is, for what goes on longer than a conversation: the end of an update.
struct Moment {
  /// Seconds since the epoch; 0: not told, and no update is ever found to be late.
  std::int64_t utc = 0;
  /// Of a clock that nobody sets, from any beginning.
  Duration steady{};
};

/// The conversation begins. `random` comes from a source that nobody can foresee (getrandom): it is
/// this client's part of what a login hashes, so that a device cannot choose all of it.
struct Started {
  std::array<std::uint8_t, 16> random{};
  Moment now{};
};

/// The ICMP echo came back in time, or did not (or could not be sent: then `alive` is false as
/// well).
struct Pinged {
  bool alive;
};

/// How one Call ended, as HTTP has it; over another transport an answer has the status 200, with
/// the RPC's result or error object as its body. Views are valid during the call of
/// DeviceProbe::on() only.
struct Reply {
  /// HTTP status; 0: no status line arrived.
  int status = 0;
  /// Complete if there is no failure.
  std::string_view body;
  /// Why the answer is missing or incomplete; none: it is whole.
  std::optional<Cause> failure;
  /// The failure in a few words; empty: the cause's own words.
  std::string_view detail;
  /// With a failure: nothing of the request has left this machine.
  bool unsent = false;
  /// The value of each WWW-Authenticate field of a 401, judged by nobody yet. Only of a header
  /// block that ended cleanly and left no doubt where each field begins and ends.
  std::vector<std::string_view> challenges;
  /// The value of the Location field; empty: there is none, or there are several.
  std::string_view location;
  /// Of a call by TLS: the key that the other side has shown, also where it was not the wanted one
  /// (Cause::tls_key). An answer without it is not read.
  std::optional<KeyHash> key;
  CertificateTime certificate = CertificateTime::valid;
  /// When it was looked at; none (0) where nobody tells.
  Moment now{};
};

struct Waited {
  Moment now{};
};

/// The pending Call, one that writes, was not made yet, and time has gone by since it was wanted:
/// nothing of it has left.
struct Postponed {};

/// The answer to Permit.
struct Granted {
  bool yes;
  /// Not `yes`, because this device was sent one a while ago.
  bool sent_already = false;
  /// Not `yes`, and why, in a few words; empty: for no reason of its own.
  std::string_view held{};
  Moment now{};
};

// --- Actions: what to do next

struct Ping {
  Duration timeout;
};

/// How a Call goes where it goes by TLS: nothing of it leaves before the handshake is over.
struct TlsTerms {
  /// Of the device's address, instead of the one that is in it.
  std::uint16_t port = 443;
  /// The only key that will do: with another one the Call ends as Cause::tls_key. None: any key
  /// will do, once, and the Reply says which one it was.
  std::optional<KeyHash> key;
  /// For connecting, the handshake included. Call::timeout counts from its end then; for a
  /// connection that has not come about it counts from the start.
  Duration timeout{};

  friend bool operator==(const TlsTerms& a, const TlsTerms& b) noexcept {
    return a.port == b.port && a.key == b.key;
  }
};

/// One request to the device, said twice over. For HTTP: GET `target`, or POST with `body` as
/// application/json where that is not empty. For any other way to the device (WebSocket, MQTT,
/// Bluetooth): call `method` with `parameters`. A transport keeps nothing of it once its Reply is
/// there.
struct Call {
  /// Path and query, percent-encoded, to be sent letter by letter.
  std::string target;
  std::string body;
  /// For the whole call, connecting included.
  Duration timeout;
  /// The value of the Authorization field, made for this very request over HTTP; empty: none. For
  /// no log.
  std::string authorization;
  /// It changes something on the device. May be held back: answer with Postponed afterwards.
  bool writes = false;
  /// The RPC's name, "Shelly.GetDeviceInfo", valid for ever. Empty for what there is over HTTP only
  /// (`/shelly`, by which devices of the first generation are recognised): any other transport
  /// answers that with the status 404.
  std::string_view method{};
  /// Its parameters, a JSON object without blanks, `{"stage":"stable"}`; empty: it has none.
  std::string parameters{};
  /// None: plain HTTP.
  std::optional<TlsTerms> tls{};
};

/// Nothing is asked of the device for so long.
struct Wait {
  Duration time;
  /// Its update is being installed: it may be anywhere, and others may ask its address meanwhile.
  bool is_away = false;
};

/// May this device's update start now? Answer with Granted when that is decided; meanwhile the
/// probe needs no connection.
struct Permit {
  /// The offered version.
  std::string version;
  /// Its build id; empty: it has none.
  std::string build{};
  /// To be on record, with the time of then, before Granted says yes: see
  /// DeviceProbe::note_recorded().
  UpdateRecord record{};
  /// The end of another one of this device has been seen a moment ago, in this conversation.
  bool is_next_step = false;
};

struct Done {};

using Action = std::variant<Ping, Call, Wait, Permit, Done>;

/// The conversation with one device as a state machine without I/O, clock or threads: an event goes
/// in, the next action comes out. Begin with Started; perform the action and report how it ended
/// with the event that belongs to it (Ping: Pinged, Call: Reply, Wait: Waited, Permit: Granted)
/// until the action is Done. An event that does not belong to the pending action ends the
/// conversation with an error result; after the end every event is answered with Done and changes
/// nothing. One thread at a time.
///
/// on() throws std::bad_alloc and what Policy::password_source throws: call abandon() then, and
/// take the result.
class DeviceProbe {
 public:
  /// `policy` must outlive the probe. Nothing is taken from `device` if this throws.
  DeviceProbe(const Policy& policy, Device&& device);
  DeviceProbe(const Policy& policy, const Device& device);
  ~DeviceProbe();
  DeviceProbe(const DeviceProbe&) = delete;
  DeviceProbe& operator=(const DeviceProbe&) = delete;

  Action on(const Started&);
  Action on(const Pinged&);
  Action on(const Reply&);
  Action on(const Waited&);
  Action on(const Granted&);
  Action on(const Postponed&);

  /// Ends the conversation early. The result is `cancelled`, unless Shelly.Update is already on its
  /// way: then it is reported as one that got no answer, and one whose end is waited for as sent.
  /// `call_may_have_left`: false if the pending
  /// Call was not begun yet.
  void abandon(bool call_may_have_left = true);

  /// A call that writes has gone out, and what it did is reported to whoever waits for the result.
  /// `call_may_have_left`: see abandon().
  bool has_written(bool call_may_have_left) const noexcept;
  /// Ends the conversation instead of making the pending Call, which writes. The result is
  /// `cancelled`, unless something was written before: then it says so, and a pending update
  /// as held.
  void withhold();

  /// Gives back what memory is not needed while a Wait of an update that `is_away` is pending, for
  /// thousands may; at any other time it changes nothing. Not for who looks at the result
  /// meanwhile: until the next event, or abandon(), there is the device() and nothing else.
  void rest() noexcept;

  /// Whom this is about.
  const Device& device() const noexcept;
  /// The result so far, but after rest(); final once the action was Done or abandon() was called.
  /// `finished_at` and `last_seen` are the caller's to fill, for nothing that the device said is
  /// recorded without them: seen() says whether there is something to put into the latter.
  const DeviceResult& result() const noexcept;
  /// The same, once: result() is unspecified afterwards.
  DeviceResult take_result() noexcept;

  /// What Permit::record says has been written down, or may have been. A result that comes to an
  /// end without the update takes it back: DeviceResult::ota, also where the outcome is
  /// `cancelled`.
  void note_recorded() noexcept;

  /// How far updates have come.
  struct Progress {
    unsigned sent = 0;      ///< Shelly.Update was accepted, or not answered
    unsigned ended = 0;     ///< also those that earlier conversations have sent
    unsigned returned = 0;  ///< seen again, on whatever version
    bool is_away = false;
  };
  Progress progress() const noexcept;
  /// What there would be on record of its last update if it came to an end now; not after rest().
  /// The state is `none` where there is none.
  const UpdateRecord& last_update() const noexcept;

  /// The right device has answered, and was not found to be another one since.
  bool seen() const noexcept;
  /// Shelly.Update may have reached the device, whatever it answered: a second one must not follow.
  bool update_left() const noexcept;

 private:
  struct Impl;
  struct Resting;
  Impl& awake();
  std::unique_ptr<Impl> impl_;
  /// Instead of it, after rest().
  std::unique_ptr<Resting> resting_;
};

}  // namespace stage3
