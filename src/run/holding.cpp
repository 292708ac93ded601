// A run whose results cannot be saved for the moment changes nothing.

#include <algorithm>

#include "run/worker_impl.hpp"

namespace stage3 {

void Worker::Impl::hold(Task& task, Task::Doing what) {
  held_.push_back(&task);
  task.doing = what;
}

bool Worker::Impl::release_device() {
  if (held_.empty() || (run_.changes_held && !run_.cancelled)) return false;
  Task& task = *held_.front();
  held_.pop_front();
  release(task);
  return true;
}

/// Updates that were held together must not start together. Where nothing starts any more, what is
/// known of the device is reported: its name may have been written.
void Worker::Impl::release(Task& task) {
  const bool is_update = task.doing == Task::Doing::holding_update;
  task.doing = is_update ? Task::Doing::permitting : Task::Doing::nothing;
  if (may_not_update(task)) {
    if (is_update) return take_turn(task);
    task.probe.withhold();
    return finish(task);
  }
  if (is_update) {
    task.turn = run_.update_pacer->reserve(now());
    return take_turn(task);
  }
  advance(task, Postponed{});
}

void Worker::Impl::forget_held(Task& task) {
  if (task.doing != Task::Doing::holding_call && task.doing != Task::Doing::holding_update) return;
  held_.erase(std::remove(held_.begin(), held_.end(), &task), held_.end());
}

}  // namespace stage3
