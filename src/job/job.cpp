#include <stage3/job.hpp>

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <stage3/error.hpp>

#include "base/assert.hpp"
#include "job/checkpoints.hpp"

namespace stage3 {
namespace {

using job::Checkpoints;
using Clock = Checkpoints::Clock;

/// So long may a save be late by.
constexpr std::chrono::milliseconds kLook{500};

StateStore load_state(const Config& config, bool writes) {
  const std::string& path = config.ip_state_file;
  try {
    return StateStore::load(path, config.friendly.field_name);
  } catch (const Error&) {
    // Another run at work explains more than what its file looks like; but no lock file for a
    // mistyped path.
    if (writes && ::access((path + ".run.lock").c_str(), F_OK) == 0) RunLock::acquire(path);
    throw;
  }
}

std::vector<Device> select(std::vector<Device> fleet, const JobOptions& options) {
  if (options.addresses.empty()) return fleet;
  return at_addresses(fleet, options.addresses);
}

std::vector<Device> select(const StateStore& store, const JobOptions& options) {
  try {
    return select(store.devices(), options);
  } catch (const Error& error) {
    throw Error(error.code(), error.message() + " in " + store.path(), store.path());
  }
}

}  // namespace

struct Job::Impl {
  /// What a save has to say.
  using Notices = std::vector<std::string>;

  Impl(const Config& config, JobCallbacks callbacks, bool dry_run);

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

  const JobCallbacks callbacks;
  const bool is_enabled;
  std::optional<StateStore> store;
  std::optional<RunLock> lock;
  bool saves = false;
  std::vector<Device> devices;
  std::atomic<std::size_t> recorded{0};

  std::mutex saving;         ///< one saves at a time; held for long
  bool has_thrown = false;   ///< what could not be saved, to the caller
  bool is_finished = false;  ///< nobody may save any more
  bool is_held = false;      ///< changes, as the runner was told
  std::string ambiguous;     ///< a result that has no place in the file; empty: none
  std::string failure;       ///< of the last save that failed
  std::atomic<bool> is_stopped{false};
  mutable std::mutex mutex;  ///< guards what follows; held for a moment
  Checkpoints checkpoints{Clock::now()};
  std::set<std::string> noted;

  Runner runner;  ///< last: its workers use the rest
};

Job::Impl::Impl(const Config& config, JobCallbacks calls, bool dry_run)
    : callbacks(std::move(calls)),
      is_enabled(config.enabled),
      runner(config, recording(), dry_run) {}

void Job::Impl::open_state(const Config& config, const JobOptions& options) {
  saves = !options.dry_run;
  store = load_state(config, saves);
  std::vector<Device> selected = select(*store, options);
  if (saves) {
    lock = RunLock::acquire(*store);
    store->check_writable();
  }
  set_devices(std::move(selected));
}

void Job::Impl::set_devices(std::vector<Device> selected) {
  devices = std::move(selected);
  runner.add(devices);
}

Callbacks Job::Impl::recording() {
  Callbacks out = callbacks;
  out.on_result = [this](const DeviceResult& result) {
    if (saves) {
      store->record(result);
      if (result.outcome != Outcome::cancelled) ++recorded;
    }
    if (callbacks.on_result) callbacks.on_result(result);
  };
  return out;
}

bool Job::Impl::all_have_come() const {
  const Summary now = runner.summary();
  return now.told() == now.total;
}

/// Not once nothing is left to be changed.
bool Job::Impl::is_look_due() const {
  if (!saves || all_have_come()) return false;
  const std::lock_guard<std::mutex> guard(mutex);
  return checkpoints.is_look_due(Clock::now());
}

bool Job::Impl::is_due() const {
  const bool is_last = all_have_come();
  const std::lock_guard<std::mutex> guard(mutex);
  return saves && checkpoints.is_due(recorded, is_last, Clock::now());
}

/// Nothing is told of what it finds: the save that is due then tells, if it is so.
void Job::Impl::look() {
  bool is_fine = true;
  try {
    store->check_still_writable();
  } catch (const Error&) {
    is_fine = false;
  }
  std::unique_lock<std::mutex> guard(mutex);
  checkpoints.note_looked(is_fine, Clock::now());
  guard.unlock();
  follow_checkpoints();
}

void Job::Impl::follow_checkpoints() {
  std::unique_lock<std::mutex> guard(mutex);
  const Checkpoints::State state = checkpoints.state();
  guard.unlock();
  if (state == Checkpoints::State::given_up) {
    if (all_have_come()) return;
    is_stopped = true;
    return runner.cancel();
  }
  const bool hold = state == Checkpoints::State::held;
  if (std::exchange(is_held, hold) != hold) runner.hold_changes(hold);
}

/// What is not saved yet, unless that has been thrown already. `lost`: why, even so, not everything
/// is in the file or was done.
Job::Impl::Notices Job::Impl::save_rest(std::optional<Error>& lost) {
  if (!saves || has_thrown) return {};
  std::unique_lock<std::mutex> guard(mutex);
  const bool is_needed = checkpoints.is_needed(recorded);
  guard.unlock();
  has_thrown = true;
  Notices notices;
  if (is_needed) notices = save();
  lost = find_lost();
  has_thrown = lost.has_value();
  return notices;
}

std::optional<Error> Job::Impl::find_lost() const {
  if (is_stopped)
    return Error(Errc::state_write, failure + ": the run was stopped, and what is known is saved");
  if (!ambiguous.empty())
    return Error(Errc::state_write, "cannot write state file " + store->path() + ": " + ambiguous);
  return std::nullopt;
}

Job::Impl::Notices Job::Impl::save() {
  STAGE3_ASSERT(lock);
  const std::size_t known = recorded;
  const Clock::time_point begin = Clock::now();
  std::unique_lock<std::mutex> look_at_checkpoints(mutex);
  const bool is_needed = checkpoints.is_needed(known);
  look_at_checkpoints.unlock();
  try {
    SaveReport report;
    // Without a result a save would write nothing, and so tell nothing.
    if (is_needed)
      report = store->save();
    else
      store->check_writable();
    ambiguous.clear();
    for (const std::string& key : report.ambiguous) {
      ambiguous = "the entry " + key +
                  " could be meant in more than one way by now: its result is not recorded";
      report.notices.push_back(store->path() + ": " + ambiguous);
    }
    for (const std::string& key : report.vanished) {
      report.notices.push_back("the entry " + key + " is no longer in " + store->path() +
                               ": its result is not recorded");
    }
    const std::lock_guard<std::mutex> guard(mutex);
    checkpoints.note_saved(known, begin, Clock::now());
    return std::move(report.notices);
  } catch (...) {
    const std::lock_guard<std::mutex> guard(mutex);
    checkpoints.note_failed(Clock::now());
    throw;
  }
}

void Job::Impl::note(const Notices& notices) {
  for (const std::string& text : notices) {
    std::unique_lock<std::mutex> guard(mutex);
    const bool is_new = noted.insert(text).second;
    guard.unlock();
    if (is_new && callbacks.on_notice) callbacks.on_notice(text);
  }
}

void Job::Impl::work(Job& job) {
  if (!is_enabled && callbacks.on_log) {
    callbacks.on_log(LogLevel::warning, "stage 3 is disabled (enabled: false): nothing is done");
  }
  Worker worker(runner);
  while (worker.step(kLook) > 0)
    job.save_if_due();
}

/// At the end of its scope nobody may save any more.
struct Job::Unlocking {
  Impl& job;
  ~Unlocking() {
    if (job.lock) job.lock->release();
    job.lock.reset();
    job.is_finished = true;
  }
};

Job::Job(const Config& config, JobCallbacks callbacks, const JobOptions& options)
    : impl_(std::make_unique<Impl>(config, std::move(callbacks), options.dry_run)) {
  if (impl_->is_enabled) impl_->open_state(config, options);
}

Job::Job(const Config& config, std::vector<Device> fleet, JobCallbacks callbacks,
         const JobOptions& options)
    : impl_(std::make_unique<Impl>(config, std::move(callbacks), options.dry_run)) {
  if (impl_->is_enabled) impl_->set_devices(select(std::move(fleet), options));
}

Job::~Job() = default;

Runner& Job::runner() noexcept {
  return impl_->runner;
}

const StateStore* Job::store() const noexcept {
  return impl_->store ? &*impl_->store : nullptr;
}

const std::vector<Device>& Job::devices() const noexcept {
  return impl_->devices;
}

void Job::run() {
  try {
    impl_->work(*this);
  } catch (...) {
    finish();
    throw;
  }
  finish();
}

bool Job::save_is_due() const {
  return impl_->is_due() || impl_->is_look_due();
}

bool Job::is_stopped() const noexcept {
  return impl_->is_stopped;
}

void Job::save_if_due() {
  Impl::Notices notices;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    if (impl_->is_finished) return;
    if (impl_->is_look_due()) impl_->look();
    if (!impl_->is_due()) return;
    try {
      notices = impl_->save();
    } catch (const Error& error) {
      impl_->failure = error.what();
      notices.push_back(error.what());
    }
    impl_->follow_checkpoints();
  }
  impl_->note(notices);
}

void Job::save() {
  Impl::Notices notices;
  std::optional<Error> lost;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    notices = impl_->save_rest(lost);
  }
  impl_->note(notices);
  if (lost) throw Error(*lost);
}

void Job::finish() {
  Impl::Notices notices;
  std::optional<Error> lost;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    const Unlocking unlocking{*impl_};  // even if the results cannot be saved
    if (impl_->lock) notices = impl_->save_rest(lost);
  }
  impl_->note(notices);
  if (lost) throw Error(*lost);
}

Summary run(const std::string& config_path, JobCallbacks callbacks, const JobOptions& options) {
  Job job(Config::load(config_path), std::move(callbacks), options);
  job.run();
  return job.runner().summary();
}

}  // namespace stage3
