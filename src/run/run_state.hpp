#pragma once

#include <atomic>
#include <mutex>
#include <set>

#include <stage3/runner.hpp>

#include "base/unique_fd.hpp"
#include "net/poller.hpp"
#include "run/board.hpp"
#include "run/pacer.hpp"

namespace stage3 {

/// What the workers of one run share. Any thread.
struct Runner::Impl {
  Impl(const Config& config, Callbacks callbacks, bool dry_run);

  /// May this update start? none: no; else the time at which it may.
  std::optional<run::Clock::time_point> permit(const Device& device, const std::string& version,
                                               run::Clock::time_point now);
  /// An update that was permitted was not sent after all.
  void return_permit();

  /// Counts a told device and, once its callback has run, that it is no longer left.
  void count(const DeviceResult& result);
  void leave(std::size_t devices);

  /// Async-signal-safe.
  void cancel() noexcept;

  void tell(DeviceEvent event, const Device& device) const;
  void log(LogLevel level, std::string_view text) const;

  void wake_all();
  /// Wakes the workers that have nothing in flight.
  void wake_idle();

  /// Tells, in the first step, what is to be said about the secrets file.
  void tell_notices();

  const Callbacks callbacks;
  const Secrets secrets;  ///< of the configuration, where the caller has no passwords of its own
  const Policy policy;
  run::Board board;
  run::Pacer connect_pacer;
  run::Pacer update_pacer;

  /// Readable once cancelled, and for ever: every worker watches it until it has seen it.
  UniqueFd cancel_event;
  std::atomic<bool> cancelled{false};

  std::atomic<std::size_t> added{0};
  std::atomic<std::size_t> left{0};  ///< added and not yet told
  std::atomic<std::size_t> ok{0};
  std::atomic<std::size_t> failed{0};
  std::atomic<std::size_t> offline{0};
  std::atomic<std::size_t> dropped{0};  ///< told as cancelled, or lost with their worker
  std::atomic<std::size_t> updates{0};
  std::atomic<std::size_t> held{0};

  struct Bell {
    net::Poller* poller;
    std::atomic<bool> idle{true};
  };
  void enter(Bell& bell);
  void exit(Bell& bell);

 private:
  std::atomic<bool> notices_told_{false};
  std::atomic<std::size_t> permitted_{0};
  std::mutex bells_mutex_;
  std::set<Bell*> bells_;
};

}  // namespace stage3
