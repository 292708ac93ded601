// How a worker performs what a probe asks for.

#include <ctime>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

/// How long a call waits for a descriptor to become free, and how often at most.
constexpr auto kDescriptorPause = std::chrono::milliseconds(50);
constexpr unsigned kDescriptorTries = 200;

}  // namespace

template <class Event>
void Worker::Impl::advance(Task& task, const Event& event) {
  task.doing = Task::Doing::nothing;
  Action action = Done{};
  try {
    action = task.probe.on(event);
  } catch (...) {
    // A callback for the password threw, or memory ran out: this device cannot go on, and must be
    // told all the same.
    run_.cancel();
    task.probe.abandon();
    finish(task);
    throw;
  }
  clear_timer(task);
  if constexpr (std::is_same_v<Event, Reply>) {
    if (event.status != 0 && task.probe.seen()) task.seen_at = std::time(nullptr);
  }
  std::visit([&](auto& what) { perform(task, what); }, action);
}

template void Worker::Impl::advance(Task&, const Started&);
template void Worker::Impl::advance(Task&, const Pinged&);
template void Worker::Impl::advance(Task&, const Reply&);
template void Worker::Impl::advance(Task&, const Waited&);
template void Worker::Impl::advance(Task&, const Granted&);

void Worker::Impl::perform(Task& task, const Ping& action) {
  const auto ticket = pinger_.ping(task.probe.result().device.address, &task);
  if (!ticket) return advance(task, Pinged{false});
  task.ping_ticket = *ticket;
  task.doing = Task::Doing::pinging;
  set_timer(task, Clock::now() + action.timeout);
}

void Worker::Impl::perform(Task& task, Call& action) {
  task.call = std::move(action);
  const auto now = Clock::now();
  const auto place = run_.connect_pacer.reserve(now);
  if (place <= now) return make_call(task);
  task.doing = Task::Doing::pacing;
  set_timer(task, place);
}

void Worker::Impl::perform(Task& task, const Wait& action) {
  task.doing = Task::Doing::waiting;
  set_timer(task, Clock::now() + action.time);
}

void Worker::Impl::perform(Task& task, const Permit& action) {
  const auto now = Clock::now();
  const auto time = run_.permit(task.probe.result().device, action.version, now);
  task.was_permitted = time.has_value();
  if (!time || *time <= now) return advance(task, Granted{time.has_value()});
  task.doing = Task::Doing::permitting;
  set_timer(task, *time);
  // A login's nonce is worth its memory; else nothing is held while waiting.
  if (!task.probe.logged_in()) take_transfer_back(task);
  run_.board.pause();
}

void Worker::Impl::perform(Task& task, Done&) {
  finish(task);
}

void Worker::Impl::on_timer(Task& task) {
  switch (task.doing) {
    case Task::Doing::pinging:
      pinger_.forget(task.ping_ticket);
      return advance(task, Pinged{false});
    case Task::Doing::pacing:
      return make_call(task);
    case Task::Doing::waiting:
      return advance(task, Waited{});
    case Task::Doing::permitting:
      run_.board.resume();
      if (!run_.cancelled) return advance(task, Granted{true});
      run_.return_permit();
      task.was_permitted = false;
      return advance(task, Granted{false});
    case Task::Doing::nothing:
    case Task::Doing::calling:
      return;
  }
}

void Worker::Impl::make_call(Task& task) {
  lend_transfer(task);
  task.doing = Task::Doing::calling;
  client_.start(*task.transfer, task.call);
}

void Worker::Impl::take_reply(Task& task) {
  if (task.transfer->lacked_descriptor() && wait_for_descriptor(task)) return;
  advance(task, task.transfer->reply());
}

/// No descriptor was free: fewer devices at once from now on, and this call once more when others
/// have ended.
bool Worker::Impl::wait_for_descriptor(Task& task) {
  if (++task.descriptor_tries > kDescriptorTries) return false;
  if (const auto places = run_.board.shrink()) {
    run_.log(LogLevel::warning, "out of file descriptors: " + std::to_string(*places) +
                                    " devices at once for the time being");
  }
  task.doing = Task::Doing::pacing;
  set_timer(task, Clock::now() + kDescriptorPause);
  return true;
}

void Worker::Impl::set_timer(Task& task, Clock::time_point time) {
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
    task.transfer = std::make_unique<net::Transfer>();
  } else {
    task.transfer = std::move(idle_transfers_.back());
    idle_transfers_.pop_back();
  }
  task.transfer->serve(task.probe.result().device.address, &task);
}

void Worker::Impl::take_transfer_back(Task& task) {
  if (task.transfer) idle_transfers_.push_back(std::move(task.transfer));
}

}  // namespace stage3
