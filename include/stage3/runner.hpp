#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/config.hpp>
#include <stage3/device_probe.hpp>
#include <stage3/result.hpp>

namespace stage3 {

namespace net {
class Platform;
}
class UpdateRecorder;

enum class LogLevel { debug, info, warning, error };

/// What happens to a device on its way to its result.
enum class DeviceEvent {
  started,           ///< its turn has begun
  update_permitted,  ///< its update will start as soon as `ota.rate` lets it
  update_sent,       ///< Shelly.Update has left; what came of it is not known yet
  update_away,       ///< the run waits for the end of its update (`ota.wait`); it holds nothing
  update_back,       ///< it has been seen again, on whatever version
  update_ended       ///< the end of its update has been seen, in this run or left by an earlier one
};

/// An update that may start now, for the caller to decide about.
struct UpdateRequest {
  const Device& device;   ///< with what is on record of it
  const std::string& id;  ///< what the device has just said of itself, likewise the next three
  const std::string& app;
  const std::string& fw;
  const std::string& fw_id;
  const std::string& version;  ///< offered
  const std::string& build;    ///< its build id; empty: the offer had none
  /// What is to be on record before the update is sent. Job writes it down by itself; whoever has
  /// no state file and wants no update sent twice writes it down before he says yes. Its `sent_at`
  /// is now: the record that comes with the result has the true one.
  const UpdateRecord& record;
};

enum class UpdateDecision {
  no,
  yes,
  later  ///< Runner::permit() decides; the device waits for it and holds nothing
};

/// Counts of a run. total = ok + failed + offline + cancelled once all devices are reported.
struct Summary {
  /// Devices added.
  std::size_t total = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t offline = 0;
  std::size_t cancelled = 0;
  /// Shelly.Update sent and not refused.
  std::size_t updates = 0;
  /// Updates wanted but not permitted in this run.
  std::size_t held = 0;
  /// Devices that have been seen to run what they were sent, in this run or before it.
  std::size_t updated = 0;

  std::size_t reported() const noexcept { return ok + failed + offline + cancelled; }
};

/// What a run does besides what its configuration says.
struct RunOptions {
  /// Reading RPCs only.
  bool dry_run = false;
  /// Updates of these devices that have failed count as never tried.
  bool resume = false;
  /// For Job, which has updates written down in the state file before they are sent. Null: whoever
  /// wants no update sent twice writes them down himself (UpdateRequest::record). Outlives the run.
  UpdateRecorder* recorder = nullptr;
};

/// The caller's functions; each may be empty. They run only inside Runner::work(), Worker::run()
/// and Worker::step(), on the thread that called those, with no lock held: with several workers,
/// several may run at the same time. From inside, add(), remove(), cancel(), summary() and the
/// StateStore's record() are fine; step(), run() and work() throw Error(Errc::reentrant). An
/// exception cancels the run and leaves from the step() that called.
struct Callbacks {
  /// Exactly once for each added device.
  std::function<void(const DeviceResult&)> on_result;
  std::function<void(DeviceEvent, const Device&)> on_event;
  /// May this update start? empty: yes. Goes away with the next release: on_update.
  std::function<bool(const Device&, const std::string& version)> on_permit;
  /// Empty: the secrets file of the configuration, if it names one.
  PasswordSource password_source;
  /// May this device have another TLS key than the one on record? empty: no. Before anything is
  /// sent to whoever has the new one. What was taken stands in the result, to be recorded.
  KeyDecision accept_key{};
  /// Diagnostics; never holds a secret.
  std::function<void(LogLevel, std::string_view)> on_log;
  /// May this update start? empty: as on_permit says; that is not asked where this is there. The
  /// request is valid during the call.
  std::function<UpdateDecision(const UpdateRequest&)> on_update{};
  /// By how many seconds the operator's clock is ahead of UTC at a time (seconds since the epoch),
  /// for `ota.windows`: the library reads no environment. Empty: it shows UTC.
  std::function<std::int64_t(std::int64_t)> utc_offset{};
};

/// The work of one run: devices, what to do with them, how many at once. Starts no thread; devices
/// are asked on the threads that call work() or drive a Worker. Every method but the destructor may
/// be called from any thread.
///
/// A runner may be kept for ever and be given the same devices again and again. A round lasts from
/// no device left to no device left:
/// - `ota.max_per_run` counts updates of a round.
/// - Two devices with one MAC (aliases count) are never in flight together: the later one waits.
/// - A device is sent one update a round (in one that takes more than a day: a day), and in later
///   rounds none to the same version within ten minutes, while it may still be installing. Whoever
///   would be the second one is `update_available` with an error of Cause::sent_already; on_update
///   is not asked. Another runner knows nothing of it.
/// - on_update is asked about a device until it is denied, by whomever: then its other entries have
///   their update held, too, until the round (or the day) is over.
/// - Two devices at one address are never in flight together. Those that wait while it is asked who
///   it is share its answer, or its silence; only the right one goes on.
class Runner {
 public:
  /// Throws what Config::validate() throws, Error(Errc::system) where the system refuses what a run
  /// needs (descriptors), what Secrets::load() throws where it is used, and Error(Errc::config) for
  /// a `network.tls_ca` that cannot be read or holds no certificate.
  Runner(const Config& config, Callbacks callbacks, bool dry_run = false);
  Runner(const Config& config, Callbacks callbacks, const RunOptions& options);
  /// For this library's own tests: a run in another world, with a time and a network of its own.
  Runner(const Config& config, Callbacks callbacks, const RunOptions& options,
         net::Platform& platform);
  /// Its workers must be gone. Devices that have not been reported by then never are.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Adds devices to the work, also while workers run. After cancel() they are reported as
  /// cancelled at once by the next step.
  void add(Device device);
  void add(std::vector<Device> devices);

  /// Takes a device back: every entry of the run that may go by this MAC (aliases count) and is not
  /// reported yet. No call that writes goes out to it once this has returned. Returns how many
  /// entries will be reported as cancelled for that: those that wait, for whatever, and those in
  /// flight to which nothing that writes has been sent. The others, of which a name or an update
  /// has left, go on to their true result; only an update that has not left by then is held.
  ///
  /// 0 as well for a device that is unknown, reported, or was taken back before. The results come
  /// from the next steps, which workers are woken for. The summary counts a device that was taken
  /// back like any other, by its result. It may be added again at any time; that one update a round
  /// is sent holds all the same. Wants the time to look at each device of the run.
  std::size_t remove(const Mac& mac) noexcept;

  /// Decides about the update of a device for which on_update has said `later`; `mac` may be an
  /// alias. False: none waits for one, since it is unknown, finished, taken back or decided
  /// already, or the run is cancelled. A decision that comes before on_update has returned counts,
  /// if that says `later` then. Undecided devices are left, so that work() goes on, until cancel()
  /// or remove(); they hold no connection and no slot.
  bool permit(const Mac& mac, bool yes) noexcept;

  /// Makes a Worker and runs it until no device is left to anyone. Call it from one thread or from
  /// several: they share the devices out.
  void work();

  /// No more devices are started; those in flight may finish within 0.8 s and are abandoned then.
  /// Async-signal-safe, allocates nothing, wakes all workers; idempotent.
  void cancel() noexcept;
  bool cancelled() const noexcept;

  /// Until it is called again with false, nothing more is changed on any device: no name is
  /// written, no update starts, and no further device is begun. A call that writes and has begun
  /// already goes on; whoever is about to make one waits, and is asked again who it is before it
  /// does. For a caller whose results cannot be saved for the moment; if that lasts, cancel()
  /// reports those that wait: as cancelled, or, if all but their update is done, with the update
  /// held. Does not block.
  void hold_changes(bool hold);

  Summary summary() const noexcept;

 private:
  friend class Worker;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One event loop of a run; belongs to the thread that drives it.
class Worker {
 public:
  /// Opens its descriptors, the ICMP socket among them (where the process may have one), so that
  /// privileges can be dropped before the first step. Throws Error(Errc::system).
  explicit Worker(Runner& runner);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// One descriptor that is readable whenever step() has something to do: sockets, timers, devices
  /// added, cancel. Watch it for reading, level-triggered, in any event loop. Owned by the worker.
  int fd() const noexcept;

  /// Does what is due, a bounded amount of it, and waits up to `timeout` for something to be due
  /// first (zero: does not wait; none: without limit). Returns how many devices are left in the
  /// run, of all workers; 0 = idle.
  std::size_t step(std::optional<std::chrono::milliseconds> timeout = std::chrono::milliseconds(0));

  /// step() until no device is left.
  void run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stage3
