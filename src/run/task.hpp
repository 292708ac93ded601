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
    permitting,      ///< timer: the update may start now
    holding_call,    ///< `call` may be made once changes are held no longer
    holding_update,  ///< the update may start once changes are held no longer
  };

  DeviceProbe probe;
  Doing doing = Doing::nothing;
  /// Not taken while the device waits for long: nothing is held for it then.
  rollout::Board::Slot slot = rollout::Board::Slot::taken;
  std::unique_ptr<net::Transfer> transfer;
  Call call;
  std::uint16_t ping_ticket = 0;
  unsigned descriptor_tries = 0;
  bool was_permitted = false;
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
