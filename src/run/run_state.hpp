#pragma once

#include <atomic>
#include <cstdint>
#include <set>

#include <stage3/runner.hpp>

#include "base/locked.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"
#include "net/network.hpp"
#include "net/platform.hpp"
#include "rollout/board.hpp"
#include "rollout/pacer.hpp"
#include "rollout/sent_updates.hpp"
#include "rollout/update_rules.hpp"
#include "run/decisions.hpp"
#include "run/recall.hpp"
#include "run/recorder.hpp"

namespace stage3 {

/// What the workers of one run share. Any thread.
struct Runner::Impl {
  Impl(const Config& config, Callbacks callbacks, const RunOptions& options,
       net::Platform& platform);

  /// Counts devices as left; the first of a round begins its budget of updates anew.
  void count_added(std::size_t devices);

  /// Whether this device was sent an update that forbids another one.
  bool was_sent(const Device& device, const std::string& version, Clock::time_point now) const;
  /// Notes that an update went out, whatever was answered. To be called before anybody else may ask
  /// the device.
  void note_sent(const DeviceResult& result, Clock::time_point now) noexcept;

  /// Whether on_update was asked about this device in this round, and the answer was no.
  bool was_denied(const Device& device, Clock::time_point now) const;
  void note_denied(const Device& device, Clock::time_point now) noexcept;

  /// Why the operator wants this update not to be sent, or not now; empty: there is no reason.
  std::string why_ruled_out(const DeviceResult& result) const;
  std::string why_closed() const;
  /// What entries say of updates that may be under way holds for all entries of a device.
  void note_on_record(const std::vector<Device>& devices);
  /// Whether the round has an update left; it is taken then.
  bool take_permit();
  /// What the caller says of this update.
  UpdateDecision ask_caller(const DeviceResult& result, const Permit& permit);
  /// An update that was permitted was not sent after all.
  void return_permit();

  /// Counts a reported device and, once its callback has run, that it is no longer left.
  void count(const DeviceResult& result);
  void leave(std::size_t devices);

  /// See Runner::remove().
  std::size_t remove(const Mac& mac) noexcept;

  /// Async-signal-safe.
  void cancel() noexcept;

  void hold_changes(bool hold);

  void notify(DeviceEvent event, const Device& device) const;
  void log(LogLevel level, std::string_view text) const;

  void wake_all();
  /// Wakes the workers that have nothing in flight.
  void wake_idle();

  /// Reports, in the first step, what is to be said about the secrets file.
  void report_notices();

  net::Platform& platform;
  const Callbacks callbacks;
  /// Of the configuration, where the caller has no passwords of its own.
  const Secrets secrets;
  /// In PEM; empty: none.
  const std::string tls_ca;
  const Policy policy;
  Locked<rollout::Board> board;
  run::Recall recall;
  run::Decisions decisions;
  const rollout::UpdateRules rules;
  /// Null: nobody writes updates down, or the caller does.
  UpdateRecorder* const recorder;
  Locked<rollout::Pacer> connect_pacer;
  Locked<rollout::Pacer> update_pacer;
  /// The same pace for those that have been written down: a save ends for many at once.
  Locked<rollout::Pacer> recorded_pacer;

  /// Readable once cancelled, and for ever: every worker watches it until it has seen it.
  UniqueFd cancel_event;
  std::atomic<bool> cancelled{false};
  /// Nothing is changed on a device as long as it is set.
  std::atomic<bool> changes_held{false};

  std::atomic<std::size_t> added{0};
  /// Added and not yet reported.
  std::atomic<std::size_t> left{0};
  std::atomic<std::size_t> ok{0};
  std::atomic<std::size_t> failed{0};
  std::atomic<std::size_t> offline{0};
  /// Reported as cancelled, or lost with their worker.
  std::atomic<std::size_t> dropped{0};
  std::atomic<std::size_t> updates{0};
  std::atomic<std::size_t> held{0};
  std::atomic<std::size_t> updated{0};

  struct Bell {
    net::Network* network;
    std::atomic<bool> idle{true};
  };
  void enter(Bell& bell);
  void exit(Bell& bell);

 private:
  std::atomic<bool> notices_reported_{false};
  /// One begins a round at a time.
  Mutex rounds_mutex_;
  /// From no device left to no device left.
  std::atomic<std::uint64_t> round_{0};
  /// In this round.
  std::atomic<std::size_t> permitted_{0};
  Locked<rollout::SentUpdates> sent_updates_;
  Locked<rollout::SentUpdates> denied_updates_;
  Mutex bells_mutex_;
  std::set<Bell*> bells_ STAGE3_GUARDED_BY(bells_mutex_);
};

}  // namespace stage3
