#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <stage3/config.hpp>
#include <stage3/runner.hpp>
#include <stage3/selection.hpp>
#include <stage3/state_store.hpp>

namespace stage3 {

/// What a job does besides what its configuration says.
struct JobOptions {
  /// Reading RPCs only; no lock is taken, nothing is saved.
  bool dry_run = false;
  /// Only the devices at these, as at_addresses(); empty: all.
  std::vector<std::string> addresses;
  /// Updates of these devices that have failed, or were lost, count as never tried: neither
  /// `ota.retry_after` nor `ota.max_attempts` holds the next one.
  bool resume = false;
  /// Only the devices that it has; of those at `addresses`, where there are any.
  Selection selection{};
};

/// The caller's functions for a job: those of its run, and one for the state file.
struct JobCallbacks : Callbacks {
  /// What an operator should know about the state file, each text once: a checkpoint that failed,
  /// an entry that is gone, what a save could not keep. Called inside of those functions of Job
  /// that save, on the thread that calls them, with no lock held that a callback could want.
  std::function<void(const std::string&)> on_notice;
};

/// One run from file to file: reads the fleet, takes the run lock, tries whether results can be
/// saved, asks the devices, records each result before the caller's on_result sees it, and saves on
/// the way and at the end. Everything that a host has to do beyond that is to lend its threads.
///
/// Starts no thread. With one thread: run(). With several, or an event loop: drive runner() with
/// workers of your own, call save_if_due() about twice a second from whichever thread may block for
/// as long as a save takes, and finish() once no worker drives it any more.
///
/// Every method but run(), finish() and the destructor may be called from any thread.
class Job {
 public:
  /// The fleet of `config.ip_state_file`. Whatever prevents the run is thrown here, before anything
  /// is sent: what Config::validate(), Secrets::load(), StateStore::load(), RunLock::acquire() and
  /// StateStore::check_writable() throw, and Error(Errc::invalid_argument) for an address that no
  /// device has and for a selection that has no device. With `enabled: false` it opens nothing and
  /// has no device.
  Job(const Config& config, JobCallbacks callbacks, const JobOptions& options = {});
  /// For this library's own tests: see Runner.
  Job(const Config& config, JobCallbacks callbacks, const JobOptions& options,
      net::Platform& platform);
  /// A fleet in memory, `config.ip_state_file` is not looked at: nothing is locked or saved.
  Job(const Config& config, std::vector<Device> fleet, JobCallbacks callbacks,
      const JobOptions& options = {});
  /// Saves nothing: results since the last save are lost unless finish() was called, and updates
  /// that were written down and not sent stay on record as sent. Workers of runner() must be gone.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// For workers of your own, cancel() and summary(). Devices may be added to that of a fleet in
  /// memory only.
  Runner& runner() noexcept;

  /// The state file; null: there is none, or it is not opened since the run is disabled.
  const StateStore* store() const noexcept;

  /// The devices that this job was opened with.
  const std::vector<Device>& devices() const noexcept;

  /// Asks the devices on this thread until none is left, saves on the way, and finishes. Other
  /// threads may call runner().work() at the same time. Throws what Runner::work() and finish()
  /// throw; what is known is saved in either case.
  void run();

  /// Whether save_if_due() has anything to do: save, or look whether results could still be saved,
  /// which is quick and comes several times a second while devices are left. Never waits.
  bool save_is_due() const;
  /// Saves what is known if it is time to: at first after 500 results, then whenever as many have
  /// come as were saved before, after ten seconds at the latest, once all have come at once; and
  /// never for more than a tenth of the time. Waits for another save.
  ///
  /// No device is changed whose result cannot be saved. A failure is a notice, and changes are held
  /// from then on (Runner::hold_changes()); the save is tried again after 1, 2 and 4 s, and if it
  /// does not succeed, the run is cancelled. Five times a second at most it is looked whether a
  /// save would succeed (StateStore::check_still_writable()): one that would not is tried at once.
  void save_if_due();

  /// Whether save_if_due() has cancelled the run, since results could not be saved.
  bool is_stopped() const noexcept;

  /// Saves what is not saved yet. Throws Error(Errc::state_write), the first time: what has failed
  /// here is not tried again. So it does, once what can be saved is, for a run that is_stopped()
  /// and for a result whose entry has become ambiguous.
  void save();
  /// The same, and lets the lock go; does nothing the second time. Devices that are still left by
  /// then are cancelled: nothing is changed on them, nothing recorded, and the lock stays until the
  /// job is gone, since a call may be under way. An update that was written down and has not left
  /// never does, and what stood on record before it is put back, also where its worker is gone; one
  /// that may have left stays on record as sent.
  void finish();

 private:
  struct Impl;
  struct Unlocking;
  std::unique_ptr<Impl> impl_;
};

/// The whole of it on this thread: reads the configuration, runs a Job, and returns its counts once
/// everything is saved. Throws what Config::load(), Job's constructor and Job::run() throw.
Summary run(const std::string& config_path, JobCallbacks callbacks = {},
            const JobOptions& options = {});

}  // namespace stage3
