#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <stage3/device_probe.hpp>

#include "net/network.hpp"
#include "rollout/address_answer.hpp"
#include "rollout/board.hpp"
#include "rollout/pacer.hpp"
#include "run/decisions.hpp"

namespace stage3::run {

struct Task;

/// The times at which tasks want to be looked at.
using Timers = std::multimap<Clock::time_point, Task*>;

/// One device in progress on one worker.
struct Task {
  /// `device` becomes the task's own: not before there is memory for the task.
  Task(const Policy& policy, Device& device) : probe(policy, std::move(device)) {}

  enum class Doing {
    nothing,
    pinging,  ///< timer: no answer
    pacing,   ///< timer: `call` may be made now
    calling,
    waiting,         ///< timer: the wait is over
    deciding,        ///< the caller has not decided yet whether the update may start
    permitting,      ///< timer: the update may start, or be written down, now
    recording,       ///< the update is being written down
    away,            ///< timer: its update may have ended
    holding_call,    ///< `call` may be made once changes are held no longer
    holding_update,  ///< the update may start once changes are held no longer
  };

  /// Its update has not started, and will not if the run ends.
  bool is_before_update() const {
    return doing == Doing::deciding || doing == Doing::permitting || doing == Doing::recording ||
           doing == Doing::holding_update;
  }

  DeviceProbe probe;
  Doing doing = Doing::nothing;
  /// Not taken while the device waits for long: nothing is held for it then.
  rollout::Board::Slot slot = rollout::Board::Slot::taken;
  std::unique_ptr<net::Transfer> transfer;
  /// The last one; null: there is none, or it is not needed any more.
  std::unique_ptr<Call> call;
  std::uint16_t ping_ticket = 0;
  unsigned descriptor_tries = 0;
  bool was_permitted = false;
  /// Of the update that has not started; null: there is none, or it is not wanted yet.
  std::unique_ptr<Permit> permit;
  /// When it may start.
  Clock::time_point turn{};
  /// It has been written down.
  bool is_recorded = false;
  /// That it was sent has been noted in the run.
  bool is_noted = false;
  /// A word that is waited for; 0: none.
  Decisions::Ticket ticket = 0;
  /// How far updates had come by the last event.
  DeviceProbe::Progress progress;
  /// And its address and MACs.
  bool has_slot = true;
  /// As long as it is not known who is there.
  std::shared_ptr<rollout::AddressAnswer> answer;
  /// Seconds since the epoch.
  std::int64_t seen_at = 0;
  std::optional<Timers::iterator> timer;
  std::list<Task>::iterator self;

  // Changed under the lock of Recall.
  std::atomic<bool> is_taken_back{false};
  /// A call that writes was let through.
  bool may_have_written = false;
  Task* next_taken_back = nullptr;
};

}  // namespace stage3::run
