// How a worker performs what a probe asks for.

#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

/// How long a call waits for a descriptor to become free, and how often at most.
constexpr auto kDescriptorPause = std::chrono::milliseconds(50);
constexpr unsigned kDescriptorTries = 200;

/// A device that waits so long holds no slot in flight, and nothing of the transport.
constexpr auto kLongWait = std::chrono::seconds(1);

}  // namespace

template <class Step>
Action Worker::Impl::talk(Task& task, Step step) {
  try {
    return step();
  } catch (...) {
    // A callback for the password threw, or memory ran out: this device cannot go on, and must be
    // reported all the same.
    run_.cancel();
    task.answer.reset();
    task.probe.abandon();
    finish(task);
    throw;
  }
}

template <class Event>
void Worker::Impl::advance(Task& task, const Event& event) {
  task.doing = Task::Doing::nothing;
  Action action = talk(task, [&] { return task.probe.on(event); });
  clear_timer(task);
  note_progress(task);
  if constexpr (std::is_same_v<Event, Pinged>)
    task.answer = std::make_shared<rollout::AddressAnswer>(event.alive);
  if constexpr (std::is_same_v<Event, Reply>) {
    if (event.status != 0 && task.probe.seen()) task.seen_at = event.now.utc;
    if (task.answer) hear(task, event);
  }
  std::visit([&](auto& what) { perform(task, what); }, action);
}

template void Worker::Impl::advance(Task&, const Started&);
template void Worker::Impl::advance(Task&, const Pinged&);
template void Worker::Impl::advance(Task&, const Reply&);
template void Worker::Impl::advance(Task&, const Waited&);
template void Worker::Impl::advance(Task&, const Granted&);
template void Worker::Impl::advance(Task&, const Postponed&);

Worker::Impl::Task* Worker::Impl::make_task(Device& device, bool has_slot) noexcept {
  try {
    tasks_.emplace_front(run_.policy, device);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  Task& task = tasks_.front();
  task.self = tasks_.begin();
  task.has_slot = has_slot;
  return &task;
}

void Worker::Impl::lose(Device device) {
  run_.cancel();
  report_cancelled(std::move(device));
  throw std::bad_alloc();
}

/// Its address was asked on behalf of another device. That is all to all but the right one, which
/// goes on with what was heard, or is asked for itself.
void Worker::Impl::play(Task& task, const rollout::AddressAnswer& answer) {
  Action action = talk(task, [&] {
    return answer.play_to(task.probe, Started{random_.take(), moment()});
  });
  const bool is_over = std::holds_alternative<Done>(action);
  const Device& device = task.probe.device();
  task.has_slot = !is_over && answer.is_fresh(now()) && run_.board->claim(device);
  if (!is_over && !task.has_slot) return put_back(task);
  if (task.has_slot && task.probe.seen()) task.seen_at = answer.time();
  run_.notify(DeviceEvent::started, device);
  std::visit([&](auto& what) { perform(task, what); }, action);
}

/// It will be asked for itself, once it may.
void Worker::Impl::put_back(Task& task) {
  std::optional<Device> lost;
  {
    const MutexLock lock(run_.recall.mutex);
    if (!task.is_taken_back) {
      lost = task.probe.take_result().device;
      tasks_.erase(task.self);
      if (run_.board->put_back(*lost)) return;
    }
  }
  if (lost) lose(std::move(*lost));
  abandon(task);
}

/// Keeps what the address says until it is known who it is.
void Worker::Impl::hear(Task& task, const Reply& reply) {
  task.answer->add(*task.call, reply, now(), run_.platform.utc());
  if (!task.probe.seen()) return;
  const auto answer = std::move(task.answer);
  if (run_.board->share(task.probe.device(), answer)) run_.wake_idle();
}

void Worker::Impl::perform(Task& task, const Ping& action) {
  const auto ticket = network_->ping(task.probe.device().address, &task);
  if (!ticket) return advance(task, Pinged{false});
  task.ping_ticket = *ticket;
  task.doing = Task::Doing::pinging;
  set_timer(task, now() + action.timeout);
}

void Worker::Impl::perform(Task& task, Call& action) {
  if (!task.call) task.call = std::make_unique<Call>();
  *task.call = std::move(action);
  const auto time = now();
  const auto turn = run_.connect_pacer->reserve(time);
  if (turn <= time) return make_call(task);
  task.doing = Task::Doing::pacing;
  set_timer(task, turn);
}

void Worker::Impl::perform(Task& task, const Wait& action) {
  if (action.is_away) return go_away(task, action.time);
  task.doing = Task::Doing::waiting;
  if (action.time >= kLongWait) pause(task);
  set_timer(task, now() + action.time);
}

void Worker::Impl::perform(Task& task, Done&) {
  finish(task);
}

void Worker::Impl::on_timer(Task& task) {
  switch (task.doing) {
    case Task::Doing::pinging:
      return on_ping_timer(task);
    case Task::Doing::pacing:
      return make_call(task);
    case Task::Doing::waiting:
      return resume(task);
    case Task::Doing::permitting:
      return take_turn(task);
    case Task::Doing::away:
      return come_back(task);
    case Task::Doing::nothing:
    case Task::Doing::calling:
    case Task::Doing::deciding:
    case Task::Doing::recording:
    case Task::Doing::holding_call:
    case Task::Doing::holding_update:
      return;
  }
}

/// An answer that has arrived counts, however late this process came to look at it.
void Worker::Impl::on_ping_timer(Task& task) {
  auto* const answered = static_cast<Task*>(network_->next_answered(task.probe.device().address));
  if (answered == nullptr) {
    network_->forget_ping(task.ping_ticket);
    return advance(task, Pinged{false});
  }
  // The answer may be another device's: this one's turn comes again at once.
  if (answered != &task) set_timer(task, now());
  advance(*answered, Pinged{true});
}

void Worker::Impl::make_call(Task& task) {
  if (task.call->writes && run_.changes_held) return hold(task, Task::Doing::holding_call);
  if (task.call->writes && !may_write(task)) {
    task.probe.withhold();
    return finish(task);
  }
  STAGE3_ASSERT(task.has_slot && task.slot == rollout::Board::Slot::taken);
  lend_transfer(task);
  task.doing = Task::Doing::calling;
  task.transfer->start(*task.call);
}

/// The recorder last: what it lets go is on record as sent.
bool Worker::Impl::may_write(Task& task) {
  return run_.recall.may_write(task) &&
         (run_.recorder == nullptr || run_.recorder->may_leave(task.probe.device()));
}

void Worker::Impl::take_reply(Task& task) {
  if (task.transfer->lacked_descriptor() && wait_for_descriptor(task)) return;
  Reply reply = task.transfer->reply();
  reply.now = moment();
  advance(task, reply);
}

/// No descriptor was free: fewer devices at once from now on, and this call once more when others
/// have ended.
bool Worker::Impl::wait_for_descriptor(Task& task) {
  if (++task.descriptor_tries > kDescriptorTries) return false;
  if (const auto slots = run_.board->shrink()) {
    run_.log(LogLevel::warning, "out of file descriptors: " + std::to_string(*slots) +
                                    " devices at once for the time being");
  }
  task.doing = Task::Doing::pacing;
  set_timer(task, now() + kDescriptorPause);
  return true;
}

Moment Worker::Impl::moment() const {
  return {run_.platform.utc(), std::chrono::duration_cast<Duration>(now().time_since_epoch())};
}

void Worker::Impl::set_timer(Task& task, Clock::time_point time) {
  STAGE3_ASSERT(!task.timer);
  task.timer = timers_.emplace(time, &task);
}

void Worker::Impl::clear_timer(Task& task) {
  if (!task.timer) return;
  timers_.erase(*task.timer);
  task.timer.reset();
}

void Worker::Impl::lend_transfer(Task& task) {
  if (task.transfer) return;
  if (idle_transfers_.empty()) {
    task.transfer = network_->make_transfer();
  } else {
    task.transfer = std::move(idle_transfers_.back());
    idle_transfers_.pop_back();
  }
  task.transfer->serve(task.probe.device().address, &task);
}

void Worker::Impl::take_transfer_back(Task& task) {
  if (task.transfer) idle_transfers_.push_back(std::move(task.transfer));
}

}  // namespace stage3
