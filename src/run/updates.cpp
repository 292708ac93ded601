// An update's way from the permit to its start, and the wait for its end.

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

/// Another one at the address, or of the device, is in flight: look again so soon.
constexpr auto kTakenPause = std::chrono::milliseconds(200);

constexpr const char* kUnwritten = "it could not be written down";

}  // namespace

void Worker::Impl::perform(Task& task, Permit& action) {
  const DeviceResult& result = task.probe.result();
  if (task.is_taken_back) return refuse(task, Granted{false});
  if (!action.is_next_step && run_.was_sent(result.device, action.version, now()))
    return refuse(task, Granted{false, true});
  if (run_.was_denied(result.device, now())) return refuse(task, Granted{false});
  task.permit = std::make_unique<Permit>(std::move(action));
  task.permit->record.tls = result.tls;
  task.permit->record.tls_key_changed = result.tls_key_changed;
  if (!run_.take_permit()) return refuse(task, Granted{false});
  task.was_permitted = true;
  decide(task);
}

/// A word may come while the caller is still being asked.
void Worker::Impl::decide(Task& task) {
  const DeviceResult& result = task.probe.result();
  if (run_.callbacks.on_update) task.ticket = run_.decisions.expect(inbox_, task, result.device);
  // The caller may write down what the request has, before there is an answer.
  if (run_.callbacks.on_update) task.probe.note_recorded();
  switch (run_.ask_caller(result, *task.permit)) {
    case UpdateDecision::yes:
      return permitted(task);
    case UpdateDecision::no:
      return denied(task);
    case UpdateDecision::later:
      task.doing = Task::Doing::deciding;
      return pause(task);
  }
}

/// For the other entries of the device, too. A no of on_permit, which is on its way out, never was.
void Worker::Impl::denied(Task& task) {
  if (run_.callbacks.on_update) run_.note_denied(task.probe.device(), now());
  refuse(task, Granted{false});
}

void Worker::Impl::permitted(Task& task) {
  forget_decision(task);
  run_.notify(DeviceEvent::update_permitted, task.probe.device());
  task.turn = run_.update_pacer->reserve(now());
  task.doing = Task::Doing::permitting;
  take_turn(task);
}

/// The update does not start; what it had of the run's, others may have.
void Worker::Impl::refuse(Task& task, Granted answer) {
  forget_decision(task);
  if (std::exchange(task.was_permitted, false)) run_.return_permit();
  task.permit.reset();
  answer.now = moment();
  advance(task, answer);
}

/// What is next for an update that the caller has permitted.
void Worker::Impl::take_turn(Task& task) {
  if (may_not_update(task)) return refuse(task, Granted{false});
  if (run_.changes_held) return hold(task, Task::Doing::holding_update);
  if (task.is_recorded && !run_.recorder->may_be_sent())
    return refuse(task, Granted{false, false, kUnwritten});
  const bool is_to_be_recorded = run_.recorder != nullptr && !task.is_recorded;
  const auto time = is_to_be_recorded ? task.turn - run_.recorder->lead() : task.turn;
  if (time > now()) {
    task.doing = Task::Doing::permitting;
    set_timer(task, time);
    if (task.slot == rollout::Board::Slot::taken) pause(task);
    return;
  }
  const std::string reason = run_.why_closed();
  if (!reason.empty()) return refuse(task, Granted{false, false, reason});
  if (is_to_be_recorded) return write_down(task);
  if (task.slot == rollout::Board::Slot::taken) return grant(task);
  resume(task);
}

void Worker::Impl::write_down(Task& task) {
  task.doing = Task::Doing::recording;
  if (task.slot == rollout::Board::Slot::taken) pause(task);
  task.probe.note_recorded();
  task.permit->record.sent_at = run_.platform.utc();
  task.ticket = run_.decisions.expect(inbox_, task);
  run_.recorder->write_down(task.probe.device(), task.permit->record, task.probe.last_update(),
                            [&decisions = run_.decisions, ticket = task.ticket](bool is_recorded) {
                              decisions.decide(ticket, is_recorded);
                            });
}

void Worker::Impl::recorded(Task& task, bool is_recorded) {
  task.is_recorded = is_recorded;
  if (!is_recorded) return refuse(task, Granted{false, false, kUnwritten});
  task.turn = run_.recorded_pacer->reserve(std::max(task.turn, now()));
  task.doing = Task::Doing::permitting;
  take_turn(task);
}

void Worker::Impl::grant(Task& task) {
  task.permit.reset();
  task.is_recorded = false;
  Granted answer{true};
  answer.now = moment();
  advance(task, answer);
}

bool Worker::Impl::take_decided() {
  const auto decision = run_.decisions.take(inbox_);
  if (!decision) return false;
  Task& task = *decision->task;
  task.ticket = 0;
  if (task.doing == Task::Doing::recording)
    recorded(task, decision->yes);
  else if (may_not_update(task))
    refuse(task, Granted{false});
  else if (decision->yes)
    permitted(task);
  else
    denied(task);
  return true;
}

void Worker::Impl::forget_decision(Task& task) {
  if (const auto ticket = std::exchange(task.ticket, 0)) run_.decisions.forget(ticket);
}

bool Worker::Impl::may_not_update(const Task& task) const {
  return run_.cancelled || task.is_taken_back;
}

/// Others may ask its address meanwhile, and are not to send it another update.
void Worker::Impl::go_away(Task& task, Duration time) {
  if (may_not_update(task)) return abandon(task);
  if (task.slot == rollout::Board::Slot::taken) {
    note_sent(task);
    take_transfer_back(task);
    task.answer.reset();
    task.slot = run_.board->leave(task.probe.device());
    offer_slot();
  }
  task.call.reset();
  task.probe.rest();
  task.doing = Task::Doing::away;
  set_timer(task, now() + time);
}

void Worker::Impl::come_back(Task& task) {
  if (may_not_update(task)) return abandon(task);
  if (!run_.board->come_back(task.probe.device())) return set_timer(task, now() + kTakenPause);
  task.slot = rollout::Board::Slot::paused;
  task.doing = Task::Doing::waiting;
  resume(task);
}

void Worker::Impl::note_sent(Task& task) {
  if (task.is_noted || !task.probe.update_left()) return;
  task.is_noted = true;
  run_.note_sent(task.probe.result(), now());
}

/// Tells what has become of the device's update since the last event.
void Worker::Impl::note_progress(Task& task) {
  const DeviceProbe::Progress before = std::exchange(task.progress, task.probe.progress());
  const DeviceProbe::Progress& after = task.progress;
  const Device& device = task.probe.device();
  if (after.sent > before.sent) {
    task.is_noted = false;
    run_.notify(DeviceEvent::update_sent, device);
  }
  if (after.is_away && !before.is_away) {
    const bool is_own = after.sent > before.sent;
    if (is_own && run_.recorder != nullptr)
      run_.recorder->note_sent(device, task.probe.last_update());
    run_.notify(DeviceEvent::update_away, device);
  }
  if (after.returned > before.returned) run_.notify(DeviceEvent::update_back, device);
  if (after.ended > before.ended) run_.notify(DeviceEvent::update_ended, device);
}

}  // namespace stage3
