#include <stage3/job.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "disk/names.hpp"
#include "job/job_impl.hpp"

namespace stage3 {
namespace {

/// So long may a save be late by.
constexpr std::chrono::milliseconds kLook{500};

/// What other threads have in flight is abandoned 0.8 s after a run was broken off.
constexpr std::chrono::seconds kDropTime{2};

StateStore load_state(const Config& config, bool writes, disk::FileSystem& file_system) {
  const std::string& path = config.ip_state_file;
  try {
    return StateStore::load(path, config.friendly.field_name, file_system);
  } catch (const Error&) {
    // Another run at work explains more than what its file looks like; but no lock file for a
    // mistyped path.
    if (writes && ::access((path + disk::suffix::kRunLock).c_str(), F_OK) == 0)
      (void)RunLock::acquire(path);
    throw;
  }
}

bool selects_all(const JobOptions& options) {
  return options.addresses.empty() && options.selection.is_all();
}

/// What is no address is so whatever the fleet is: that comes first, and names no file.
void check_addresses(const JobOptions& options) {
  for (const std::string& text : options.addresses) {
    if (!Address::parse(text)) throw Error(Errc::invalid_argument, why_no_address(text));
  }
}

std::vector<Device> selected_of(const StateStore& store, const JobOptions& options) {
  try {
    return select(store.devices(), options.addresses, options.selection);
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), store.path());
  }
}

}  // namespace

Job::Impl::Impl(const Config& config, JobCallbacks calls, const JobOptions& options,
                net::Platform& its_platform)
    : platform(its_platform),
      callbacks(std::move(calls)),
      is_enabled(config.enabled),
      runner(config, recording(), RunOptions{options.dry_run, options.resume, this}, platform) {}

void Job::Impl::open_state(const Config& config, const JobOptions& options) {
  saves = !options.dry_run;
  store = load_state(config, saves, platform.file_system());
  opened = store->devices();
  if (!selects_all(options)) selected = selected_of(*store, options);
  if (saves) {
    lock = RunLock::acquire(*store);
    store->check_writable();
  }
  add_to_runner();
}

const std::vector<Device>& Job::Impl::devices() const noexcept {
  static const std::vector<Device> kNone;
  if (selected) return *selected;
  return opened ? opened->vector() : kNone;
}

/// In pieces: the runner's copies are the only ones that a large fleet makes.
void Job::Impl::add_to_runner() {
  constexpr std::ptrdiff_t kPiece = 1000;
  const std::vector<Device>& all = devices();
  for (auto from = all.begin(); from != all.end();) {
    const auto to = from + std::min(kPiece, all.end() - from);
    runner.add(std::vector<Device>(from, to));
    from = to;
  }
}

Callbacks Job::Impl::recording() {
  Callbacks out = callbacks;
  out.on_result = [this](const DeviceResult& result) {
    if (saves) record(result);
    if (callbacks.on_result) callbacks.on_result(result);
  };
  return out;
}

/// Of a cancelled device nothing is recorded, but for what was written down of an update.
void Job::Impl::record(const DeviceResult& result) {
  if (result.outcome != Outcome::cancelled)
    store->record(result);
  else if (result.ota)
    store->record_update(result.device, *result.ota);
  else
    return;
  ++recorded;
  if (!result.ota) return;
  const MutexLock guard(mutex);
  intents.forget(result.device.key);
}

void Job::Impl::work(Job& job) {
  if (!is_enabled && callbacks.on_log) {
    callbacks.on_log(LogLevel::warning, "stage 3 is disabled (enabled: false): nothing is done");
  }
  Worker worker(runner);
  while (worker.step(kLook) > 0)
    job.save_if_due();
}

/// A run was broken off: those that wait are reported as cancelled, so that nobody is left, and
/// what is known is saved.
void Job::Impl::end_early(Job& job) {
  const auto deadline = platform.now() + kDropTime;
  try {
    Worker worker(runner);
    while (worker.step(kLook) > 0 && platform.now() < deadline) {
    }
  } catch (...) {  // What broke the run off first is what the caller gets.
  }
  job.finish();
}

/// At the end of its scope nobody may save any more, and the lock is let go. What is under way may
/// still change its device: then the lock goes with the job.
struct Job::Unlocking {
  Impl& job;
  ~Unlocking() {
    job.is_finished = true;
    if (!job.lock || !job.all_have_come()) return;
    job.lock->release();
    job.lock.reset();
  }
};

Job::Job(const Config& config, JobCallbacks callbacks, const JobOptions& options)
    : Job(config, std::move(callbacks), options, net::system_platform()) {}

Job::Job(const Config& config, JobCallbacks callbacks, const JobOptions& options,
         net::Platform& platform)
    : impl_(std::make_unique<Impl>(config, std::move(callbacks), options, platform)) {
  if (!impl_->is_enabled) return;
  check_addresses(options);
  impl_->open_state(config, options);
}

Job::Job(const Config& config, std::vector<Device> fleet, JobCallbacks callbacks,
         const JobOptions& options)
    : impl_(std::make_unique<Impl>(config, std::move(callbacks), options, net::system_platform())) {
  if (!impl_->is_enabled) return;
  check_addresses(options);
  impl_->selected =
      selects_all(options) ? std::move(fleet) : select(fleet, options.addresses, options.selection);
  impl_->add_to_runner();
}

Job::~Job() = default;

Runner& Job::runner() noexcept {
  return impl_->runner;
}

const StateStore* Job::store() const noexcept {
  return impl_->store ? &*impl_->store : nullptr;
}

const std::vector<Device>& Job::devices() const noexcept {
  return impl_->devices();
}

void Job::run() {
  try {
    impl_->work(*this);
  } catch (const Error& error) {
    if (error.code() == Errc::reentrant) throw;  // the run that this was called from goes on
    impl_->end_early(*this);
    throw;
  } catch (...) {
    impl_->end_early(*this);
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
    const MutexLock alone(impl_->saving);
    if (impl_->is_finished) return;
    if (impl_->is_look_due()) impl_->look();
    if (!impl_->is_due()) return;
    try {
      notices = impl_->save();
    } catch (const Error& error) {
      if (!impl_->was_postponed) {
        impl_->failure = error.what();
        notices.push_back(error.what());
      }
    }
    impl_->follow_checkpoints();
  }
  impl_->note(notices);
}

void Job::save() {
  Impl::Notices notices;
  std::optional<Error> lost;
  {
    const MutexLock alone(impl_->saving);
    notices = impl_->save_rest(lost);
  }
  impl_->note(notices);
  if (lost) throw Error(*lost);
}

void Job::finish() {
  Impl::Notices notices;
  std::optional<Error> lost;
  {
    const MutexLock alone(impl_->saving);
    const Unlocking unlocking{*impl_};  // even if the results cannot be saved
    if (!impl_->all_have_come()) {
      // What is still under way will not be recorded.
      impl_->runner.hold_changes(true);
      impl_->runner.cancel();
    }
    impl_->take_back_unsent();
    if (impl_->lock && !impl_->is_finished) notices = impl_->save_rest(lost);
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
