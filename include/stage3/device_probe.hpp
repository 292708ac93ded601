#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <stage3/config.hpp>
#include <stage3/result.hpp>

namespace stage3 {

namespace rpc {
class DigestLogin;
struct Challenge;
struct DeviceInfo;
struct Offer;
struct Offers;
struct Request;
enum class Parameters;
}  // namespace rpc

/// Finds the password for a device that may ask for a login; `realm` is the device's id. None or an
/// empty one: no password is known.
using PasswordSource =
    std::function<std::optional<std::string>(const Mac&, std::string_view realm)>;

/// What holds for every device of a run. Outlives the probes made with it.
struct Policy {
  Config config;                   ///< as Config::validate() wants it
  bool dry_run = false;            ///< reading RPCs only
  PasswordSource password_source;  ///< may be empty; called on the thread that drives the probe
};

// --- Events: what happened

/// The conversation begins. `random` comes from a source that nobody can foresee (getrandom): it is
/// this client's part of what a login hashes, so that a device cannot choose all of it.
struct Started {
  std::array<std::uint8_t, 16> random{};
};

/// The ICMP echo came back in time, or did not (or could not be sent: then `alive` is false as
/// well).
struct Pinged {
  bool alive;
};

/// How one RPC over HTTP ended. Views are valid during the call of DeviceProbe::on() only.
struct Reply {
  int status = 0;                ///< HTTP status; 0: no status line arrived
  std::string_view body;         ///< complete if there is no failure
  std::optional<Cause> failure;  ///< why the answer is missing or incomplete; none: it is whole
  std::string_view detail;       ///< the failure in a few words; empty: the cause's own words
  bool unsent = false;           ///< with a failure: nothing of the request has left this machine
  /// The value of each WWW-Authenticate field of a 401, judged by nobody yet. Only of a header
  /// block that ended cleanly and left no doubt where each field begins and ends.
  std::vector<std::string_view> challenges;
};

struct Waited {};

/// The pending Call, one that writes, was not made yet, and time has gone by since it was wanted:
/// nothing of it has left.
struct Postponed {};

/// The answer to Permit.
struct Granted {
  bool yes;
  bool sent_already = false;  ///< not `yes`, because this device was sent one a while ago
};

// --- Actions: what to do next

struct Ping {
  Duration timeout;
};

/// One HTTP request: GET `target`, or POST with `body` as application/json where that is not empty.
/// A transport keeps nothing of it once its Reply is there.
struct Call {
  std::string target;  ///< path and query, percent-encoded, to be sent letter by letter
  std::string body;
  Duration timeout;  ///< for the whole call, connecting included
  /// The value of the Authorization field, made for this very request; empty: none. For no log.
  std::string authorization;
  /// It changes something on the device. May be held back: answer with Postponed afterwards.
  bool writes = false;
};

/// Nothing is asked of the device for so long.
struct Wait {
  Duration time;
};

/// May this device's update start now? Answer with Granted when that is decided; meanwhile the
/// probe needs no connection.
struct Permit {
  std::string version;  ///< the offered version
};

struct Done {};

using Action = std::variant<Ping, Call, Wait, Permit, Done>;

/// The conversation with one device as a state machine without I/O, clock or threads: an event goes
/// in, the next action comes out. Begin with Started; perform the action and report how it ended
/// with the event that belongs to it (Ping: Pinged, Call: Reply, Wait: Waited, Permit: Granted)
/// until the action is Done. An event that does not belong to the pending action ends the
/// conversation with an error result; after the end every event is answered with Done and changes
/// nothing.
class DeviceProbe {
 public:
  /// `policy` must outlive the probe.
  DeviceProbe(const Policy& policy, Device device);
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
  /// way: then it is told as one that got no answer. `call_may_have_left`: false if the pending
  /// Call was not begun yet.
  void abandon(bool call_may_have_left = true);

  /// A call that writes has gone out, and what it did is told to whoever waits for the result.
  /// `call_may_have_left`: whether the pending Call counts.
  bool has_written(bool call_may_have_left) const noexcept;
  /// Ends the conversation instead of making the pending Call, which writes. The result is
  /// `cancelled`, unless something was written before: then it tells of that, and a pending update
  /// as held.
  void withhold();

  /// The result so far; final once the action was Done or abandon() was called. `finished_at` and
  /// `last_seen` are the caller's to fill: seen() tells whether there is something to put into the
  /// latter.
  const DeviceResult& result() const noexcept { return result_; }
  DeviceResult take_result() noexcept { return std::move(result_); }

  /// The right device has answered, and was not found to be another one since.
  bool seen() const noexcept { return seen_; }
  /// Shelly.Update may have reached the device, whatever it answered: a second one must not follow.
  bool update_left() const noexcept { return update_left_; }

 private:
  template <class Event>
  using Step = Action (DeviceProbe::*)(const Event&);

  template <class Event>
  Action dispatch(const Event& event);
  Action out_of_order();

  static constexpr Step<Started> kOver = nullptr;
  bool is_over() const;
  bool update_is_under_way() const;

  // The conversation, in order.
  Action start(const Started&);
  Action pinged(const Pinged&);
  Action identified(const Reply&);
  Action gen1_asked(const Reply&);
  Action begin(const rpc::DeviceInfo&);
  Action sync_name();
  Action name_read(const Reply&);
  Action decide_name();
  Action write_name();
  void note_change();
  Action name_written(const Reply&);
  Action name_read_back(const Reply&);
  Action check_for_update();
  Action update_checked(const Reply&);
  Action judge_offers(const rpc::Offers&);
  Action take_offer(const rpc::Offer&, OtaStage);
  Action cannot_compare(const std::string& offered);
  Action granted(const Granted&);
  Action still_same(const Reply&);
  Action update_answered(const Reply&);

  // Verbs: each takes the step that will read what comes of it.
  Action ping(Step<Pinged> next);
  /// A reading call: repeated once if it fails in passing.
  Action ask(const rpc::Request&, Duration timeout, Step<Reply> next);
  /// A writing call: never repeated.
  Action tell(const rpc::Request&, Duration timeout, Step<Reply> next);
  Action wait(Duration time, Step<Waited> next);
  Action permit(Step<Granted> next);
  Action done();

  // Every reply passes here before its step reads it: login, back-off and the one repetition.
  Action send(const rpc::Request&, Duration timeout, Step<Reply> next);
  Action transmit();
  Action replied(const Reply&);
  Action call_again(const Waited&);
  bool is_worth_repeating(const Reply&) const;
  Action look_again();
  Action looked_again(const Reply&);

  // Login (login.cpp).
  Action challenged(const Reply&);
  Action log_in(const rpc::Challenge&, const Reply&);
  Action refused_for_logins(const Reply&);
  Action back_off(const Reply&, bool window_has_begun);
  Action ask_for_challenge();
  Action ask_for_challenge(const Waited&);
  Action challenge_asked(const Reply&);
  Action give_up_question(const Reply&);
  Action too_many_logins(const Reply&);
  Action give_up_login(Cause, const std::string& words, const Reply&);
  std::optional<std::string> find_password() const;

  // What the steps share.
  /// What the right device says of itself; none: it is not there, which is told in the result.
  std::unique_ptr<rpc::DeviceInfo> right_device(const Reply&);
  Action identify(const Reply&);
  Action offline(const Reply&);
  Action wrong_device(const Mac& found);
  bool is_expected(const Mac&) const;
  void fail(Part, Cause, const std::string& words);
  void fail(Part, const Reply&, const std::string& before = {});

  const Policy& policy_;
  DeviceResult result_;
  std::variant<Step<Started>, Step<Pinged>, Step<Reply>, Step<Waited>, Step<Granted>> next_ =
      &DeviceProbe::start;

  Call call_;                     ///< the pending one, as it would be sent again
  Step<Reply> reader_ = nullptr;  ///< the step that reads its reply
  bool repeatable_ = false;
  bool needs_no_login_ = false;
  bool has_written_ = false;      ///< the reply to a call that writes was read
  bool identity_is_old_ = false;  ///< it was read before something that took long

  std::array<std::uint8_t, 16> random_{};
  std::unique_ptr<rpc::DigestLogin> login_;  ///< none: no login was wanted yet
  bool answered_ping_ = false;
  bool speaks_http_ = false;
  bool seen_ = false;
  bool id_is_own_ = false;       ///< the device's id names its MAC, and so can be a login's realm
  bool may_want_login_ = false;  ///< the device says so, or has done so
  bool login_taken_ = false;     ///< the device has accepted this login's nonce
  bool renewed_ = false;         ///< a stale nonce was replaced
  bool login_failed_ = false;
  bool backed_off_ = false;
  bool question_repeated_ = false;
  bool name_in_info_ = false;     ///< GetDeviceInfo tells the name
  bool update_called_ = false;    ///< Shelly.Update is on its way
  rpc::Parameters parameters_{};  ///< how this device takes parameters
  bool update_left_ = false;
  std::string offered_build_;
  OtaStage offered_stage_ = OtaStage::stable;  ///< whose offer it is
};

}  // namespace stage3
