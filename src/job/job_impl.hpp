#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <stage3/error.hpp>
#include <stage3/job.hpp>

#include "job/checkpoints.hpp"
#include "net/platform.hpp"

namespace stage3 {

/// What a job knows and does. Its opening and its course stand in job.cpp, when and how it saves in
/// saving.cpp.
struct Job::Impl {
  /// What a save has to say.
  using Notices = std::vector<std::string>;

  Impl(const Config& config, JobCallbacks callbacks, bool dry_run, net::Platform& platform);

  void open_state(const Config& config, const JobOptions& options);
  void set_devices(std::vector<Device> selected);
  Callbacks recording();
  bool all_have_come() const;
  bool is_look_due() const;
  bool is_due() const;
  void look();
  void follow_checkpoints();
  Notices save();
  Notices save_rest(std::optional<Error>& lost);
  std::optional<Error> find_lost() const;
  void note(const Notices& notices);
  void work(Job& job);
  void end_early(Job& job);

  const TimeSource& time;
  const JobCallbacks callbacks;
  const bool is_enabled;
  std::optional<StateStore> store;
  std::optional<RunLock> lock;
  bool saves = false;
  std::vector<Device> devices;
  std::atomic<std::size_t> recorded{0};

  std::mutex saving;                     ///< one saves at a time; held for long
  bool was_postponed = false;            ///< the last save that failed, and is no failure
  bool has_thrown = false;               ///< what could not be saved, to the caller
  std::atomic<bool> is_finished{false};  ///< nobody may save any more
  bool is_held = false;                  ///< changes, as the runner was told
  std::string ambiguous;                 ///< a result that has no place in the file; empty: none
  std::string failure;                   ///< of the last save that failed
  std::atomic<bool> is_stopped{false};
  mutable std::mutex mutex;  ///< guards what follows; held for a moment
  job::Checkpoints checkpoints{time.now()};
  std::set<std::string> noted;

  Runner runner;  ///< last: its workers use the rest
};

}  // namespace stage3
