#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace stage3::net {

/// One pollable descriptor for any number of sockets, a timer and a wake-up. Belongs to one thread,
/// except wake(). All watches are level-triggered; one event is named by the descriptor it is
/// about.
class Poller {
 public:
  /// Reported by one wait().
  static constexpr int kMaxEvents = 16;

  /// Throws Error(Errc::system).
  Poller();

  /// Readable while wait(0) would report something.
  int fd() const noexcept { return epoll_.get(); }

  /// Watches `fd` for `events` (EPOLLIN, EPOLLOUT), or changes what it is watched for. `is_watched`
  /// is what the caller believes: one system call if it is right. Throws Error(Errc::system).
  void watch(int fd, std::uint32_t events, bool is_watched = false);
  /// Tolerates a descriptor that is not watched or is closed already.
  void forget(int fd) noexcept;

  /// Sets the time at which wait() returns at the latest and fd() becomes readable; none: no such
  /// time. Cheap to call often: the kernel hears of it at the next wait().
  void set_deadline(std::optional<Clock::time_point> deadline) noexcept { deadline_ = deadline; }

  /// Makes wait() return. Any thread; async-signal-safe.
  void wake() noexcept;

  struct Event {
    int fd;
    std::uint32_t events;
  };

  /// Waits up to `timeout` (none: without limit) and returns how many events were put into
  /// `events`, room for kMaxEvents. The timer's and the wake-up's own are not reported.
  int wait(std::optional<std::chrono::milliseconds> timeout, Event* events);

  /// Gives the kernel the deadline, so that fd() becomes readable then without a wait().
  void arm();

 private:
  void drain(int fd) noexcept;

  UniqueFd epoll_;
  UniqueFd timer_;
  UniqueFd wake_;
  std::optional<Clock::time_point> deadline_;
  std::optional<Clock::time_point> armed_;
};

}  // namespace stage3::net
