// How a device ends on a worker: finished, cancelled or taken back, and always reported.

#include <memory>
#include <string>
#include <utility>

#include "run/worker_impl.hpp"

namespace stage3 {

namespace {

/// Of the TLS of a device: what a person should know who sees it for the first time. A certificate
/// is no error: it is the key that counts, and devices have no clock.
std::string tls_notice(const DeviceResult& result, bool dry_run) {
  if (!result.tls) return {};
  if (result.tls_key_changed)
    return "another TLS key than the one on record " + std::string(dry_run ? "would be" : "is") +
           " taken: " + result.tls->key.to_string();
  const bool is_new = !result.device.on_record || !result.device.on_record->tls;
  if (!is_new || result.certificate == CertificateTime::valid) return {};
  return std::string("its TLS certificate is ") + to_string(result.certificate) +
         "; what counts is its key";
}

/// What is in flight when a run is cancelled may take so long to end by itself.
constexpr auto kGrace = std::chrono::milliseconds(800);

}  // namespace

void Worker::Impl::notice_cancel() {
  if (abandon_at_) return;
  abandon_at_ = now() + kGrace;
  for (Task& task : tasks_) {
    if (task.is_before_update()) end_permitting(task);
    if (task.doing == Task::Doing::away) end_away(task);
  }
}

/// What this device came for is known; only its update will not start.
void Worker::Impl::end_permitting(Task& task) {
  forget_resuming(task);
  forget_held(task);
  forget_decision(task);
  clear_timer(task);
  task.doing = Task::Doing::permitting;
  set_timer(task, now());
}

/// What is known is reported at once; whoever comes next sees the end.
void Worker::Impl::end_away(Task& task) {
  clear_timer(task);
  set_timer(task, now());
}

/// Reports one device of a cancelled run, if its time has come.
bool Worker::Impl::end_device() {
  if (!tasks_.empty() && abandon_at_ && now() >= *abandon_at_) {
    abandon(tasks_.front());
    return true;
  }
  std::optional<Device> device = run_.board->take_waiting();
  if (!device) return false;
  report_cancelled(std::move(*device));
  return true;
}

void Worker::Impl::abandon(Task& task) {
  if (task.transfer) task.transfer->abandon();
  if (task.doing == Task::Doing::pinging) network_->forget_ping(task.ping_ticket);
  task.answer.reset();
  task.probe.abandon(task.doing == Task::Doing::calling);
  finish(task);
}

/// Reports one device that was taken back from the run.
bool Worker::Impl::end_taken_back() {
  if (Task* const task = run_.recall.next(hand_)) {
    take_back(*task);
    return true;
  }
  std::optional<Device> device = run_.board->take_taken_back();
  if (!device) return false;
  report_cancelled(std::move(*device));
  return true;
}

void Worker::Impl::take_back(Task& task) {
  if (task.doing == Task::Doing::away) return end_away(task);
  if (!task.probe.has_written(task.doing == Task::Doing::calling)) return abandon(task);
  if (task.is_before_update()) return end_permitting(task);
  if (task.doing != Task::Doing::holding_call) return;
  task.probe.withhold();
  finish(task);
}

void Worker::Impl::finish(Task& task) {
  clear_timer(task);
  forget_resuming(task);
  forget_held(task);
  forget_decision(task);
  take_transfer_back(task);
  std::list<Task> gone;
  DeviceResult result = run_.recall.let_go(hand_, task, gone);
  result.last_seen = task.seen_at;
  give_slots_back(task, result);
  run_.updates += task.probe.progress().sent;
  gone.clear();
  report(std::move(result));
  offer_slot();
}

/// To the workers that have use for a free one.
void Worker::Impl::offer_slot() {
  if (run_.board->has_returning()) return run_.wake_all();
  if (run_.board->has_waiting()) run_.wake_idle();
}

void Worker::Impl::give_slots_back(Task& task, const DeviceResult& result) {
  if (!task.has_slot) return;
  if (!task.is_noted && task.probe.update_left()) run_.note_sent(result, now());
  if (task.was_permitted && !result.update_sent) run_.return_permit();
  const bool is_usable = task.answer && task.answer->is_usable();
  run_.board->finish(result.device, task.slot, is_usable ? std::move(task.answer) : nullptr);
}

void Worker::Impl::report(DeviceResult result) {
  // The device counts as reported even if the callback throws.
  struct Leaving {
    Runner::Impl& run;
    ~Leaving() { run.leave(1); }
  } const leaving{run_};
  result.finished_at = run_.platform.utc();
  run_.count(result);
  const std::string notice = tls_notice(result, run_.policy.dry_run);
  if (!notice.empty())
    run_.log(LogLevel::warning, result.device.address.to_string() + ": " + notice);
  if (run_.callbacks.on_result) run_.callbacks.on_result(result);
}

void Worker::Impl::report_cancelled(Device device) {
  DeviceResult result;
  result.device = std::move(device);
  report(std::move(result));
}

}  // namespace stage3
