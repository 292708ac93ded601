#include <stage3/runner.hpp>

#include <dirent.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <stage3/error.hpp>

#include "run/run_state.hpp"

#include "base/assert.hpp"

namespace stage3 {

namespace {

/// Descriptors left to the caller and to what a run opens besides its connections.
constexpr std::size_t kSpareDescriptors = 24;

/// Connections opened at once, as far as the rate allows them within a second: a small fleet does
/// not wait, a large one does not drown the access points.
constexpr std::size_t kConnectBurst = 1000;

/// Not with std::filesystem: its iterators end the program when memory runs out.
std::size_t count_open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  std::size_t count = 0;
  while (directory && ::readdir(directory.get()) != nullptr)
    ++count;
  return count;
}

/// Devices in flight: as many as wanted, as far as the descriptor limit allows.
std::size_t fit_to_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const std::size_t taken = count_open_descriptors() + kSpareDescriptors;
  const auto allowed = static_cast<std::size_t>(limit.rlim_cur);
  return std::clamp<std::size_t>(allowed > taken ? allowed - taken : 1, 1, wanted);
}

UniqueFd open_event() {
  UniqueFd event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event)
    throw Error(Errc::system,
                "cannot open an event descriptor: " + std::generic_category().message(errno));
  return event;
}

Secrets load_secrets(const Config& config, const Callbacks& callbacks) {
  const bool wanted = !callbacks.password_source && !config.auth.secrets_file.empty();
  return wanted ? Secrets::load(config.auth.secrets_file) : Secrets();
}

/// Before anything is made of it: a time of 0 or one beyond all measure stops a run for ever.
const Config& validated(const Config& config) {
  config.validate();
  return config;
}

PasswordSource choose_source(const Callbacks& callbacks, const Secrets& secrets) {
  if (callbacks.password_source) return callbacks.password_source;
  return [&secrets](const Mac& mac, std::string_view) { return secrets.password_for(mac); };
}

}  // namespace

Runner::Impl::Impl(const Config& config, Callbacks calls, const RunOptions& options,
                   net::Platform& its_platform)
    : platform(its_platform),
      callbacks(std::move(calls)),
      secrets(load_secrets(validated(config), callbacks)),
      tls_ca(load_tls_ca(config.network)),
      policy{config,
             options.dry_run,
             options.resume,
             [this](const DeviceResult& result) { return why_ruled_out(result); },
             choose_source(callbacks, secrets),
             callbacks.accept_key},
      board(fit_to_descriptors(config.concurrency)),
      rules(config.ota),
      recorder(options.recorder),
      connect_pacer(config.network.connect_rate, kConnectBurst),
      update_pacer(config.ota.rate, std::size_t{1}),
      recorded_pacer(config.ota.rate, std::size_t{1}),
      cancel_event(open_event()) {}

void Runner::Impl::count_added(std::size_t devices) {
  const MutexLock lock(rounds_mutex_);
  if (left == 0) {
    ++round_;
    permitted_ = 0;
  }
  left += devices;
  added += devices;
}

void Runner::Impl::report_notices() {
  if (notices_reported_.exchange(true)) return;
  for (const std::string& notice : secrets.notices())
    log(LogLevel::warning, notice);
}

void Runner::Impl::count(const DeviceResult& result) {
  switch (result.outcome) {
    case Outcome::ok:
      ++ok;
      break;
    case Outcome::failed:
      ++failed;
      break;
    case Outcome::offline:
      ++offline;
      break;
    case Outcome::cancelled:
      ++dropped;
      break;
  }
  if (result.update_held) ++held;
  if (result.update_ended && result.ota && result.ota->state == UpdateState::updated) ++updated;
}

void Runner::Impl::leave(std::size_t devices) {
  const std::size_t before = left.fetch_sub(devices);
  STAGE3_ASSERT(before >= devices);
  if (before == devices) wake_all();
}

std::size_t Runner::Impl::remove(const Mac& mac) noexcept {
  // An entry whose MAC cannot be read has this one.
  if (mac == Mac()) return 0;
  run::Recall::Found found;
  {
    const MutexLock lock(recall.mutex);
    recall.use();
    found = recall.take_back(mac);
    found.cancelled += board->take_back(mac);
  }
  if (found.cancelled + found.writing > 0) wake_all();
  return found.cancelled;
}

void Runner::Impl::cancel() noexcept {
  if (cancelled.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(cancel_event.get(), &one, sizeof one);
}

void Runner::Impl::hold_changes(bool hold) {
  if (changes_held.exchange(hold) && !hold) wake_all();
}

void Runner::Impl::notify(DeviceEvent event, const Device& device) const {
  if (callbacks.on_event) callbacks.on_event(event, device);
}

void Runner::Impl::log(LogLevel level, std::string_view text) const {
  if (callbacks.on_log) callbacks.on_log(level, text);
}

void Runner::Impl::wake_all() {
  const MutexLock lock(bells_mutex_);
  for (Bell* bell : bells_)
    bell->network->wake();
}

void Runner::Impl::wake_idle() {
  const MutexLock lock(bells_mutex_);
  for (Bell* bell : bells_)
    if (bell->idle) bell->network->wake();
}

void Runner::Impl::enter(Bell& bell) {
  const MutexLock lock(bells_mutex_);
  bells_.insert(&bell);
}

void Runner::Impl::exit(Bell& bell) {
  const MutexLock lock(bells_mutex_);
  bells_.erase(&bell);
}

Runner::Runner(const Config& config, Callbacks callbacks, bool dry_run)
    : Runner(config, std::move(callbacks), RunOptions{dry_run}) {}

Runner::Runner(const Config& config, Callbacks callbacks, const RunOptions& options)
    : Runner(config, std::move(callbacks), options, net::system_platform()) {}

Runner::Runner(const Config& config, Callbacks callbacks, const RunOptions& options,
               net::Platform& platform)
    : impl_(std::make_unique<Impl>(config, std::move(callbacks), options, platform)) {}

Runner::~Runner() = default;

void Runner::add(Device device) {
  std::vector<Device> one;
  one.push_back(std::move(device));
  add(std::move(one));
}

void Runner::add(std::vector<Device> devices) {
  const std::size_t count = devices.size();
  impl_->count_added(count);
  try {
    impl_->note_on_record(devices);
    impl_->board->add(std::move(devices));
  } catch (...) {
    impl_->left -= count;
    impl_->added -= count;
    throw;
  }
  impl_->wake_all();
}

std::size_t Runner::remove(const Mac& mac) noexcept {
  // No word counts any more.
  impl_->decisions.decide(mac, false);
  return impl_->remove(mac);
}

bool Runner::permit(const Mac& mac, bool yes) noexcept {
  return !impl_->cancelled && impl_->decisions.decide(mac, yes);
}

void Runner::work() {
  Worker worker(*this);
  worker.run();
}

void Runner::cancel() noexcept {
  impl_->cancel();
}

bool Runner::cancelled() const noexcept {
  return impl_->cancelled;
}

void Runner::hold_changes(bool hold) {
  impl_->hold_changes(hold);
}

Summary Runner::summary() const noexcept {
  Summary out;
  out.total = impl_->added;
  out.ok = impl_->ok;
  out.failed = impl_->failed;
  out.offline = impl_->offline;
  out.cancelled = impl_->dropped;
  out.updates = impl_->updates;
  out.held = impl_->held;
  out.updated = impl_->updated;
  return out;
}

}  // namespace stage3
