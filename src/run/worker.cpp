// A worker's step: what is due, a bounded amount of it.

#include <algorithm>
#include <utility>

#include <stage3/error.hpp>

#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

/// So much of each kind of work is done in one step at most: events, replies, timers, devices
/// begun.
constexpr int kBatch = 16;

/// A step of a foreign event loop does but one more of each kind once it has taken so long. By the
/// clock, since how long a kind takes is up to the machine.
constexpr auto kStepTime = std::chrono::microseconds(250);

/// Devices that wait for an answer to their ping may take the free slots: look again so soon.
constexpr auto kBeginPause = std::chrono::milliseconds(5);

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
    : run_(run),
      network_(run.platform.open_network(run.cancel_event.get(), run.tls_ca)),
      bell_{network_.get()},
      hand_(run.recall),
      inbox_(run.decisions, [this] { network_->wake(); }),
      random_(run.platform) {
  run_.enter(bell_);
  // Devices may be waiting already.
  network_->wake();
}

Worker::Impl::~Impl() {
  run_.exit(bell_);
  hand_.withdraw();
  for (Task& task : tasks_) {
    if (task.transfer) task.transfer->abandon();
    task.answer.reset();
    task.probe.abandon(task.doing == Task::Doing::calling);
    give_slots_back(task, task.probe.result());
    run_.updates += task.probe.progress().sent;
    if (run_.recorder != nullptr) run_.recorder->give_up(task.probe.device());
    ++run_.dropped;
  }
  run_.leave(tasks_.size());
  // What is free now is for the others.
  run_.wake_all();
}

std::size_t Worker::Impl::step(std::optional<std::chrono::milliseconds> timeout,
                               Clock::duration time) {
  const SteppingGuard guard;
  try {
    run_.report_notices();
    wait_for_events(timeout);
    const auto begin = now();
    if (run_.cancelled) notice_cancel();
    more_to_do_ = false;
    do_batches(time == Clock::duration::max() ? Clock::time_point::max() : begin + time);
  } catch (...) {
    run_.cancel();
    network_->wake();
    set_deadline();
    throw;
  }
  set_deadline();
  return run_.left;
}

void Worker::Impl::wait_for_events(std::optional<std::chrono::milliseconds> timeout) {
  bell_.idle = tasks_.empty();
  network_->wait(timeout);
  bell_.idle = false;
}

void Worker::Impl::do_batches(Clock::time_point end) {
  const auto do_batch = [&](bool (Impl::*one)()) {
    for (int done = 0; done < kBatch; ++done) {
      if (!(this->*one)()) return;
      if (now() >= end) break;
    }
    more_to_do_ = true;
  };
  // What has arrived counts before any time that is over.
  do_batch(&Impl::take_event);
  do_batch(&Impl::end_overdue_call);
  do_batch(&Impl::take_reply);
  if (run_.recall.is_used()) do_batch(&Impl::end_taken_back);
  do_batch(&Impl::take_decided);
  do_batch(&Impl::take_timer);
  do_batch(&Impl::resume_device);
  do_batch(&Impl::release_device);
  do_batch(run_.cancelled ? &Impl::end_device : &Impl::begin_device);
}

bool Worker::Impl::take_event() {
  const auto event = network_->take_event();
  if (!event) return false;
  if (event->answered != nullptr) advance(*static_cast<Task*>(event->answered), Pinged{true});
  return true;
}

bool Worker::Impl::end_overdue_call() {
  return network_->end_overdue_call();
}

bool Worker::Impl::take_reply() {
  net::Transfer* const transfer = network_->next_finished();
  if (transfer == nullptr) return false;
  take_reply(*static_cast<Task*>(transfer->owner()));
  return true;
}

bool Worker::Impl::take_timer() {
  if (timers_.empty() || timers_.begin()->first > now()) return false;
  Task& task = *timers_.begin()->second;
  clear_timer(task);
  on_timer(task);
  return true;
}

bool Worker::Impl::play_answer() {
  std::optional<rollout::Board::Answered> answered;
  Task* task = nullptr;
  {
    const MutexLock lock(run_.recall.mutex);
    answered = run_.board->take_answered();
    if (!answered) return false;
    task = make_task(answered->device, false);
  }
  if (task == nullptr) lose(std::move(answered->device));
  play(*task, *answered->answer);
  return true;
}

bool Worker::Impl::begin_device() {
  begin_at_.reset();
  if (run_.changes_held) return false;
  if (play_answer()) return true;
  if (!may_begin()) return false;
  std::optional<Device> device;
  Task* task = nullptr;
  {
    const MutexLock lock(run_.recall.mutex);
    device = run_.board->start();
    if (!device) return false;
    task = make_task(*device, true);
  }
  if (task == nullptr) {
    run_.board->finish(*device, rollout::Board::Slot::taken);
    lose(std::move(*device));
  }
  run_.notify(DeviceEvent::started, task->probe.device());
  advance(*task, Started{random_.take(), moment()});
  return true;
}

/// Devices in progress come first: if their next calls had to queue behind the first calls of a
/// whole fleet, the identity that a device was asked for would be long past when its name is
/// written.
bool Worker::Impl::may_begin() {
  const auto time = now();
  if (run_.connect_pacer->count_free(time) > network_->count_pings()) return true;
  if (run_.board->has_waiting())
    begin_at_ = std::max(run_.connect_pacer->next_turn(), time + kBeginPause);
  return false;
}

void Worker::Impl::set_deadline() {
  std::optional<Clock::time_point> deadline;
  const auto consider = [&](Clock::time_point time) {
    deadline = deadline ? std::min(*deadline, time) : time;
  };
  if (!timers_.empty()) consider(timers_.begin()->first);
  if (abandon_at_ && !tasks_.empty()) consider(*abandon_at_);
  if (begin_at_) consider(*begin_at_);
  if (more_to_do_) consider(Clock::time_point());
  network_->set_deadline(deadline);
}

// --- The public face

Worker::Worker(Runner& runner) : impl_(std::make_unique<Impl>(*runner.impl_)) {}

Worker::~Worker() = default;

int Worker::fd() const noexcept {
  return impl_->fd();
}

std::size_t Worker::step(std::optional<std::chrono::milliseconds> timeout) {
  return impl_->step(timeout, kStepTime);
}

void Worker::run() {
  // No other work waits for this thread, and whole batches cost less.
  constexpr auto kWholeBatches = Clock::duration::max();
  // Only once something is known to be left may a step wait for it.
  std::size_t left = impl_->step(std::chrono::milliseconds(0), kWholeBatches);
  while (left > 0)
    left = impl_->step(std::nullopt, kWholeBatches);
}

}  // namespace stage3
