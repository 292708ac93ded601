// A worker's step: what is due, a bounded amount of it.

#include <algorithm>
#include <ctime>
#include <utility>

#include <stage3/error.hpp>

#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

// Bounds on the work of one step, so that a foreign event loop is never kept waiting for long.
constexpr int kStartsPerStep = 16;
constexpr int kTimersPerStep = 32;
constexpr int kRepliesPerStep = 32;
constexpr int kCancelledPerStep = 256;

/// Devices that wait for an answer to their ping may take the free places: look again so soon.
constexpr auto kBeginPause = std::chrono::milliseconds(5);

/// What is in flight when a run is cancelled may take so long to end by itself.
constexpr auto kGrace = std::chrono::milliseconds(800);

/// Whether this thread is inside a step: a callback must not start another one.
thread_local bool stepping = false;

class SteppingGuard {
 public:
  SteppingGuard() {
    if (stepping)
      throw Error(Errc::reentrant,
                  "step(), run() and work() cannot be called from inside a callback");
    stepping = true;
  }
  ~SteppingGuard() { stepping = false; }
  SteppingGuard(const SteppingGuard&) = delete;
  SteppingGuard& operator=(const SteppingGuard&) = delete;
};

}  // namespace

Worker::Impl::Impl(Runner::Impl& run)
    : run_(run), bell_{&poller_}, pinger_(poller_), client_(poller_) {
  poller_.watch(run_.cancel_event.get(), EPOLLIN);
  run_.enter(bell_);
  // Devices may be waiting already.
  poller_.wake();
}

Worker::Impl::~Impl() {
  run_.exit(bell_);
  for (Task& task : tasks_) {
    if (task.transfer) client_.abandon(*task.transfer);
    task.probe.abandon(task.doing == Task::Doing::calling);
    give_places_back(task, task.probe.result());
    if (task.probe.result().update_sent) ++run_.updates;
    ++run_.dropped;
  }
  run_.leave(tasks_.size());
  // What is free now is for the others.
  run_.wake_all();
}

std::size_t Worker::Impl::step(std::optional<std::chrono::milliseconds> timeout) {
  const SteppingGuard guard;
  try {
    more_to_do_ = false;
    run_.tell_notices();
    take_events(timeout);
    client_.on_time(Clock::now());
    take_replies();
    take_timers();
    if (run_.cancelled) notice_cancel();
    begin_devices();
  } catch (...) {
    run_.cancel();
    poller_.wake();
    set_deadline();
    throw;
  }
  set_deadline();
  return run_.left;
}

void Worker::Impl::take_events(std::optional<std::chrono::milliseconds> timeout) {
  net::Poller::Event events[net::Poller::kMaxEvents];
  bell_.idle = tasks_.empty();
  const int count = poller_.wait(timeout, events);
  bell_.idle = false;
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].fd;
    if (fd == run_.cancel_event.get()) {
      poller_.forget(fd);
    } else if (pinger_.owns(fd)) {
      for (int answers = 0; answers < kRepliesPerStep; ++answers) {
        auto* const task = static_cast<Task*>(pinger_.next_answered(fd));
        if (task == nullptr) break;
        advance(*task, Pinged{true});
      }
    } else {
      client_.on_event(events[i]);
    }
  }
  if (count == net::Poller::kMaxEvents) more_to_do_ = true;
}

void Worker::Impl::take_replies() {
  for (int replies = 0; replies < kRepliesPerStep; ++replies) {
    net::Transfer* const transfer = client_.next_finished();
    if (transfer == nullptr) return;
    take_reply(*static_cast<Task*>(transfer->owner()));
  }
  more_to_do_ = true;
}

void Worker::Impl::take_timers() {
  const auto now = Clock::now();
  for (int fired = 0; fired < kTimersPerStep; ++fired) {
    if (timers_.empty() || timers_.begin()->first > now) return;
    Task& task = *timers_.begin()->second;
    clear_timer(task);
    on_timer(task);
  }
  more_to_do_ = true;
}

void Worker::Impl::begin_devices() {
  for (int started = 0; started < kStartsPerStep; ++started) {
    if (run_.cancelled || !may_begin()) return;
    std::optional<Device> device = run_.board.start();
    if (!device) return;
    tasks_.emplace_front(run_.policy, std::move(*device));
    tasks_.front().self = tasks_.begin();
    run_.tell(DeviceEvent::started, tasks_.front().probe.result().device);
    advance(tasks_.front(), Started{});
  }
  more_to_do_ = true;
}

/// Devices in progress come first: if their next calls had to queue behind the first calls of a
/// whole fleet, the identity that a device was asked for would be long past when its name is
/// written.
bool Worker::Impl::may_begin() {
  const auto now = Clock::now();
  begin_at_.reset();
  if (run_.connect_pacer.count_free(now) > pinger_.count_waiting()) return true;
  if (run_.board.has_waiting())
    begin_at_ = std::max(run_.connect_pacer.next_place(), now + kBeginPause);
  return false;
}

void Worker::Impl::set_deadline() {
  std::optional<Clock::time_point> deadline = client_.deadline();
  const auto consider = [&](Clock::time_point time) {
    deadline = deadline ? std::min(*deadline, time) : time;
  };
  if (!timers_.empty()) consider(timers_.begin()->first);
  if (abandon_at_ && !tasks_.empty()) consider(*abandon_at_);
  if (begin_at_) consider(*begin_at_);
  if (more_to_do_) consider(Clock::time_point());
  poller_.set_deadline(deadline);
  poller_.arm();
}

// --- Cancelling

void Worker::Impl::notice_cancel() {
  if (!abandon_at_) {
    abandon_at_ = Clock::now() + kGrace;
    deny_waiting_updates();
  }
  if (Clock::now() >= *abandon_at_) abandon_all();
  tell_waiting_as_cancelled();
}

/// What these devices came for is known; only their update will not start.
void Worker::Impl::deny_waiting_updates() {
  std::vector<Task*> waiting;
  for (Task& task : tasks_)
    if (task.doing == Task::Doing::permitting) waiting.push_back(&task);
  for (Task* task : waiting) {
    clear_timer(*task);
    run_.board.resume();
    run_.return_permit();
    task->was_permitted = false;
    advance(*task, Granted{false});
  }
}

void Worker::Impl::abandon_all() {
  while (!tasks_.empty()) {
    Task& task = tasks_.front();
    if (task.transfer) client_.abandon(*task.transfer);
    if (task.doing == Task::Doing::pinging) pinger_.forget(task.ping_ticket);
    task.probe.abandon(task.doing == Task::Doing::calling);
    finish(task);
  }
}

void Worker::Impl::tell_waiting_as_cancelled() {
  for (int told = 0; told < kCancelledPerStep; ++told) {
    std::optional<Device> device = run_.board.take_waiting();
    if (!device) return;
    DeviceResult result;
    result.device = std::move(*device);
    tell(std::move(result));
  }
  more_to_do_ = true;
}

void Worker::Impl::finish(Task& task) {
  clear_timer(task);
  take_transfer_back(task);
  DeviceResult result = task.probe.take_result();
  result.last_seen = task.seen_at;
  give_places_back(task, result);
  tasks_.erase(task.self);
  tell(std::move(result));
  if (run_.board.has_waiting()) run_.wake_idle();
}

void Worker::Impl::give_places_back(const Task& task, const DeviceResult& result) {
  if (task.was_permitted && !result.update_sent) run_.return_permit();
  if (task.doing == Task::Doing::permitting) run_.board.resume();
  run_.board.finish(result.device);
}

void Worker::Impl::tell(DeviceResult result) {
  // The device counts as told even if the callback throws.
  struct Leaving {
    Runner::Impl& run;
    ~Leaving() { run.leave(1); }
  } const leaving{run_};
  result.finished_at = std::time(nullptr);
  run_.count(result);
  if (run_.callbacks.on_result) run_.callbacks.on_result(result);
}

// --- The public face

Worker::Worker(Runner& runner) : impl_(std::make_unique<Impl>(*runner.impl_)) {}

Worker::~Worker() = default;

int Worker::fd() const noexcept {
  return impl_->poller_.fd();
}

std::size_t Worker::step(std::optional<std::chrono::milliseconds> timeout) {
  return impl_->step(timeout);
}

void Worker::run() {
  // Only once something is known to be left may a step wait for it.
  std::size_t left = step(std::chrono::milliseconds(0));
  while (left > 0)
    left = step(std::nullopt);
}

}  // namespace stage3
