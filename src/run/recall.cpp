#include "run/recall.hpp"

#include <utility>

#include "rollout/lines.hpp"

namespace stage3::run {

void Recall::enter(Hand& hand) {
  const MutexLock lock(mutex);
  hands_.insert(&hand);
}

void Recall::exit(Hand& hand) noexcept {
  const MutexLock lock(mutex);
  hands_.erase(&hand);
}

Recall::Found Recall::take_back(const Mac& mac) noexcept {
  Found found;
  for (Hand* const hand : hands_) {
    for (Task& task : hand->tasks) {
      if (task.is_taken_back || !rollout::has_mac(task.probe.device(), mac)) continue;
      task.is_taken_back = true;
      task.next_taken_back = std::exchange(hand->taken_back, &task);
      ++(task.may_have_written ? found.writing : found.cancelled);
    }
  }
  return found;
}

Task* Recall::next(Hand& hand) noexcept {
  const MutexLock lock(mutex);
  Task* const task = hand.taken_back;
  if (task != nullptr) hand.taken_back = std::exchange(task->next_taken_back, nullptr);
  return task;
}

bool Recall::may_write(Task& task) noexcept {
  const MutexLock lock(mutex);
  if (task.is_taken_back) return false;
  task.may_have_written = true;
  return true;
}

DeviceResult Recall::let_go(Hand& hand, Task& task, std::list<Task>& to) noexcept {
  {
    const MutexLock lock(mutex);
    if (task.is_taken_back) forget(hand, task);
    to.splice(to.end(), hand.tasks, task.self);
  }
  DeviceResult result = task.probe.take_result();
  if (!task.is_taken_back || task.may_have_written) return result;
  DeviceResult cancelled;
  cancelled.device = std::move(result.device);
  cancelled.ota = std::move(result.ota);
  return cancelled;
}

void Recall::forget(Hand& hand, const Task& task) noexcept {
  for (Task** link = &hand.taken_back; *link != nullptr; link = &(*link)->next_taken_back) {
    if (*link != &task) continue;
    *link = task.next_taken_back;
    return;
  }
}

}  // namespace stage3::run
