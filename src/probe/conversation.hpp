#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <stage3/device_probe.hpp>

#include "probe/route.hpp"
#include "probe/update_table.hpp"
#include "rpc/requests.hpp"

namespace stage3::probe {

/// What is known of the right device, beside what the result says of it.
struct Peer {
  /// Its id names its MAC, and so can be a login's realm.
  bool id_is_own;
  /// GetDeviceInfo has the name in it.
  bool tells_name;
  /// How it takes parameters.
  rpc::Parameters parameters;
};

/// The most that an address has shown of itself.
enum class LifeSign { none, ping, http };

/// How a device has shown itself after an update was sent to it, for the last time.
struct Sight {
  std::int32_t after = -1;  ///< seconds from the send; less than 0: nobody knows
  Seen seen = Seen::nothing;
  bool is_there = false;    ///< else it has not been seen since
  bool has_run_it = false;  ///< it has shown what it was sent, now or before
};

/// What is known of a device's last update.
struct LastUpdate {
  /// As it is on record, or will be with the result; null: there is none. Shared with the device,
  /// since thousands wait with it.
  std::shared_ptr<const UpdateRecord> on_record;
  Sight sight;
  /// The result is to have it.
  bool has_changed = false;
  /// What the device shows has been looked at.
  bool is_seen = false;
  /// It has failed, in this conversation.
  bool has_failed = false;
  /// What would be on record of the next one is there already, before it is sent.
  bool is_next_recorded = false;
  /// Its end is waited for.
  bool is_away = false;
  /// Sent in this conversation, and seen to end in it.
  std::uint16_t sent = 0;
  std::uint16_t ended = 0;
  std::uint16_t returned = 0;

  /// Its state is `none` where there is none.
  const UpdateRecord& record() const;
  void take(UpdateRecord next) {
    on_record = std::make_shared<const UpdateRecord>(std::move(next));
    has_changed = true;
  }
};

/// What a conversation knows besides its result, also while the device is away.
struct Memory {
  Route route;
  LifeSign life_sign = LifeSign::none;
  /// It was read before something that took long.
  bool identity_is_old = false;
  /// Reported as an error of its own.
  bool login_failed = false;
  /// As told last.
  Moment now{};
  LastUpdate update{};
};

/// The facts of one conversation: what its chapters share, and all that outlives a chapter.
struct Conversation : Memory {
  explicit Conversation(const Policy& its_policy) : policy(its_policy) {}

  /// Takes the device; its last update is what is on record of it.
  void begin(Device&&);

  const Policy& policy;
  DeviceResult result;
  /// None: the right device has not answered yet, or another one has since.
  std::optional<Peer> peer;

  bool is_expected(const Mac&) const;

  void fail(Part, Cause, const std::string& words);
  /// For a reply that did not succeed; nothing after a failed login, which says already why, but
  /// where the question was who is there.
  void fail(Part, const Reply&, const std::string& before = {});

  /// The device takes no login, or none is known: what needs one fails from now on, and in a dry
  /// run what only seems to have gone well before.
  void fail_login();

  /// What was found of these parts counts no more.
  void forget_errors(std::initializer_list<Part>);

  bool has_error(Part) const;

  /// An update is wanted and does not start.
  void hold(std::string_view reason);
  /// The device shows this of the update that is on record: what that comes to. Once.
  void see(Seen);
  /// It has answered, and shows this: should it be lost, that is told.
  void note_sight(Seen);
  /// The update has ended, for a time told in seconds since the epoch (0: unknown).
  void end_update(UpdateState, std::int64_t ended_at);
  /// An update is under way, and this run stays to see its end.
  bool waits_for_update() const;

  /// Sets the outcome, from all that is known by now.
  void conclude();
  /// Puts into the result what is to be on record of the last update, and leaves to the next run
  /// a failure that this one cannot tell any more.
  void cancel();

 private:
  /// Puts into the result what is to be on record of the last update.
  void settle_record();
  void note_end(bool has_failed);
  void fail_update();
  std::string words_for_loss() const;
};

}  // namespace stage3::probe
