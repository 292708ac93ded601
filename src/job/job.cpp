#include <stage3/job.hpp>

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <stage3/error.hpp>

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
  bool is_due() const;
  Notices save();
  Notices save_rest();
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

bool Job::Impl::is_due() const {
  const Summary now = runner.summary();
  const std::lock_guard<std::mutex> guard(mutex);
  return saves && checkpoints.is_due(recorded, now.told() == now.total, Clock::now());
}

/// What is not saved yet, unless that has been thrown already.
Job::Impl::Notices Job::Impl::save_rest() {
  if (!saves || has_thrown) return {};
  std::unique_lock<std::mutex> guard(mutex);
  if (!checkpoints.is_needed(recorded)) return {};
  guard.unlock();
  has_thrown = true;
  Notices notices = save();
  has_thrown = false;
  return notices;
}

Job::Impl::Notices Job::Impl::save() {
  const std::size_t known = recorded;
  const Clock::time_point begin = Clock::now();
  try {
    SaveReport report = store->save();
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
  return impl_->is_due();
}

void Job::save_if_due() {
  Impl::Notices notices;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    if (impl_->is_finished || !impl_->is_due()) return;
    try {
      notices = impl_->save();
    } catch (const Error& error) {
      notices.push_back(error.what());
    }
  }
  impl_->note(notices);
}

void Job::save() {
  Impl::Notices notices;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    notices = impl_->save_rest();
  }
  impl_->note(notices);
}

void Job::finish() {
  Impl::Notices notices;
  {
    const std::lock_guard<std::mutex> alone(impl_->saving);
    const Unlocking unlocking{*impl_};  // even if the results cannot be saved
    if (impl_->lock) notices = impl_->save_rest();
  }
  impl_->note(notices);
}

Summary run(const std::string& config_path, JobCallbacks callbacks, const JobOptions& options) {
  Job job(Config::load(config_path), std::move(callbacks), options);
  job.run();
  return job.runner().summary();
}

}  // namespace stage3
