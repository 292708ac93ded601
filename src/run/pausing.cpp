// A device that waits for long gives its slot away, and comes back to the next free one.

#include <algorithm>

#include "run/worker_impl.hpp"

namespace stage3 {

void Worker::Impl::pause(Task& task) {
  take_transfer_back(task);
  task.slot = run_.board->pause();
  offer_slot();
}

void Worker::Impl::resume(Task& task) {
  // An update that will not start needs no slot.
  const bool ends = task.doing == Task::Doing::permitting && may_not_update(task);
  if (!ends && task.slot != rollout::Board::Slot::taken) {
    task.slot = run_.board->resume(task.slot);
    if (task.slot == rollout::Board::Slot::returning) {
      resuming_.push_back(&task);
      return;
    }
  }
  go_on(task);
}

void Worker::Impl::go_on(Task& task) {
  if (task.doing == Task::Doing::waiting) return advance(task, Waited{});
  if (may_not_update(task)) {
    run_.return_permit();
    task.was_permitted = false;
  } else if (run_.changes_held) {
    return hold(task, Task::Doing::holding_update);
  }
  advance(task, Granted{task.was_permitted});
}

bool Worker::Impl::may_not_update(const Task& task) const {
  return run_.cancelled || task.is_taken_back;
}

bool Worker::Impl::resume_device() {
  if (resuming_.empty()) return false;
  Task& task = *resuming_.front();
  task.slot = run_.board->resume(task.slot);
  if (task.slot != rollout::Board::Slot::taken) return false;
  resuming_.pop_front();
  go_on(task);
  return true;
}

void Worker::Impl::forget_resuming(Task& task) {
  if (task.slot != rollout::Board::Slot::returning) return;
  resuming_.erase(std::remove(resuming_.begin(), resuming_.end(), &task), resuming_.end());
}

}  // namespace stage3
