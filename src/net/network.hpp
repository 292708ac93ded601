#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <stage3/address.hpp>
#include <stage3/device_probe.hpp>

#include "base/clock.hpp"

namespace stage3::net {

/// One call after the other to one device. Belongs to the thread of its Network, which outlives it.
class Transfer {
 public:
  virtual ~Transfer() = default;

  /// Makes this the transfer of another device. `owner` is the caller's, to find the device again
  /// when the network hands the finished transfer back.
  virtual void serve(const Address& address, void* owner) = 0;

  /// Starts a call. It ends by coming back from Network::next_finished(), at the latest when its
  /// time is over and end_overdue_call() has seen that.
  virtual void start(const Call& call) = 0;

  /// Ends the call without a reply. Nothing happens if none is running.
  virtual void abandon() noexcept = 0;

  virtual void* owner() const noexcept = 0;

  /// The reply to the call that has ended; views live until the next call.
  virtual Reply reply() const = 0;

  /// The call ended because this process had no descriptor left for its socket; it never left this
  /// machine.
  virtual bool lacked_descriptor() const noexcept = 0;
};

/// All that one worker knows of the world outside but the time: when something has happened there,
/// and what. A seam: with another one a test plays a fleet, a network and a night of its own.
/// Belongs to one thread, except wake().
class Network {
 public:
  virtual ~Network() = default;

  // --- When to look

  /// Readable while something is to be taken, or the deadline is over.
  virtual int fd() const noexcept = 0;

  /// Makes wait() return. Any thread; async-signal-safe.
  virtual void wake() noexcept = 0;

  /// The time at which wait() returns at the latest and fd() becomes readable, besides what the
  /// network itself waits for; none: no such time.
  virtual void set_deadline(std::optional<Clock::time_point> deadline) = 0;

  /// Waits up to `timeout` (none: without limit) for something to take.
  virtual void wait(std::optional<std::chrono::milliseconds> timeout) = 0;

  // --- What has happened; a piece at a time

  struct Event {
    /// The owner of a ping that was answered; null: something else.
    void* answered = nullptr;
  };
  /// The next event of those that the last wait() has found; none: no more of them.
  virtual std::optional<Event> take_event() = 0;

  /// Ends one call whose time is over, unless its answer has arrived and only waits to be read: a
  /// process that was stopped for a while must not blame the devices. False: no call is overdue.
  virtual bool end_overdue_call() = 0;

  /// A transfer whose reply is there, or null.
  virtual Transfer* next_finished() = 0;

  // --- What to do

  virtual std::unique_ptr<Transfer> make_transfer() = 0;

  /// Sends one echo request. None: nothing can be said about the host this way (no permission, no
  /// room in the socket's buffer, no route); else a ticket for forget_ping(). `owner` comes back
  /// with the answer.
  virtual std::optional<std::uint16_t> ping(const Address& to, void* owner) = 0;
  /// No longer waits for this one.
  virtual void forget_ping(std::uint16_t ticket) noexcept = 0;
  /// How many pings are waited for.
  virtual std::size_t count_pings() const noexcept = 0;
  /// The owner of a ping whose answer has arrived and was not taken, of whichever pings travel with
  /// those to `host`; null: none. Its ticket is forgotten.
  virtual void* next_answered(const Address& host) noexcept = 0;
};

}  // namespace stage3::net
