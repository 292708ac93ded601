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
  if (task.slot != rollout::Board::Slot::taken) {
    task.slot = run_.board->resume(task.slot);
    if (task.slot == rollout::Board::Slot::returning) {
      resuming_.push_back(&task);
      return;
    }
  }
  go_on(task);
}

void Worker::Impl::go_on(Task& task) {
  if (task.doing == Task::Doing::permitting) return take_turn(task);
  advance(task, Waited{moment()});
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
