#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <stage3/error.hpp>
#include <stage3/job.hpp>

#include "base/mutex.hpp"
#include "job/checkpoints.hpp"
#include "job/intents.hpp"
#include "net/platform.hpp"

namespace stage3 {

/// What a job knows and does. Its opening and its course stand in job.cpp, when and how it saves in
/// saving.cpp, what it writes down of updates in recording.cpp.
struct Job::Impl : UpdateRecorder {
  /// What a save has to say.
  using Notices = std::vector<std::string>;

  Impl(const Config& config, JobCallbacks callbacks, const JobOptions& options,
       net::Platform& platform);

  void open_state(const Config& config, const JobOptions& options);
  const std::vector<Device>& devices() const noexcept;
  void add_to_runner();
  Callbacks recording();
  void record(const DeviceResult& result);
  bool all_have_come() const;
  bool is_look_due() const;
  bool is_due() const;
  void look() STAGE3_REQUIRES(saving);
  void follow_checkpoints() STAGE3_REQUIRES(saving);
  Notices save() STAGE3_REQUIRES(saving);
  Notices save_all(bool is_needed, Clock::time_point begin, std::set<std::string>& lost)
      STAGE3_REQUIRES(saving);
  void write_down(const Device& device, const UpdateRecord& record, const UpdateRecord& before,
                  Done done) override;
  bool may_leave(const Device& device) noexcept override;
  void give_up(const Device& device) noexcept override;
  void note_sent(const Device& device, const UpdateRecord& record) override;
  bool may_be_sent() const override;
  Clock::duration lead() const override;
  void take_back(const std::string& key) STAGE3_REQUIRES(mutex);
  void take_back_unsent();
  Notices save_rest(std::optional<Error>& lost) STAGE3_REQUIRES(saving);
  std::optional<Error> find_lost() const STAGE3_REQUIRES(saving);
  /// Calls back, and so may come here again.
  void note(const Notices& notices) STAGE3_EXCLUDES(saving);
  void work(Job& job);
  void end_early(Job& job);

  net::Platform& platform;
  const JobCallbacks callbacks;
  const bool is_enabled;
  std::optional<StateStore> store;
  /// The store's devices as the run goes by them.
  std::optional<DeviceList> opened;
  std::optional<RunLock> lock;
  bool saves = false;
  /// The devices, where they are not all those of the store: a fleet of that size is kept once.
  std::optional<std::vector<Device>> selected;
  std::atomic<std::size_t> recorded{0};

  /// Nobody may save any more.
  std::atomic<bool> is_finished{false};
  std::atomic<bool> is_stopped{false};

  /// One saves at a time; held for long.
  Mutex saving;
  /// The last save that failed, and is no failure.
  bool was_postponed STAGE3_GUARDED_BY(saving) = false;
  /// What could not be saved, to the caller.
  bool has_thrown STAGE3_GUARDED_BY(saving) = false;
  /// Changes, as the runner has them.
  bool is_held STAGE3_GUARDED_BY(saving) = false;
  /// A result that has no place in the file; empty: none.
  std::string ambiguous STAGE3_GUARDED_BY(saving);
  /// Of the last save that failed.
  std::string failure STAGE3_GUARDED_BY(saving);

  /// Held for a moment.
  mutable Mutex mutex;
  job::Intents intents STAGE3_GUARDED_BY(mutex);
  job::Checkpoints checkpoints STAGE3_GUARDED_BY(mutex){platform.now()};
  std::set<std::string> noted STAGE3_GUARDED_BY(mutex);

  /// Last: its workers use the rest.
  Runner runner;
};

}  // namespace stage3
