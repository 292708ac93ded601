// What a job has on record of an update before it leaves, and of one that does not leave after all.

#include <list>
#include <new>
#include <string>
#include <utility>

#include <stage3/error.hpp>

#include "job/job_impl.hpp"

namespace stage3 {

/// What is not saved, as there is nothing to save to, need not be waited for.
void Job::Impl::write_down(const Device& device, const UpdateRecord& record,
                           const UpdateRecord& before, Done done) {
  if (!saves) return done(true);
  MutexLock guard(mutex);
  if (!intents.may_be_sent()) {
    guard.unlock();
    return done(false);
  }
  try {
    store->record_update(device, record);
  } catch (const Error&) {
    guard.unlock();
    return done(false);
  }
  intents.add(device.key, before, std::move(done));
}

bool Job::Impl::may_leave(const Device& device) noexcept {
  const MutexLock guard(mutex);
  return intents.may_leave(device.key);
}

/// With the next checkpoint: what was written down before is true, too.
void Job::Impl::note_sent(const Device& device, const UpdateRecord& record) {
  if (!saves || is_finished) return;
  try {
    store->record_update(device, record);
    ++recorded;
  } catch (const Error&) {  // Its entry cannot be used any more.
  }
}

bool Job::Impl::may_be_sent() const {
  const MutexLock guard(mutex);
  return intents.may_be_sent();
}

Clock::duration Job::Impl::lead() const {
  const MutexLock guard(mutex);
  return intents.interval();
}

void Job::Impl::give_up(const Device& device) noexcept {
  try {
    const MutexLock guard(mutex);
    take_back(device.key);
  } catch (const std::bad_alloc&) {  // It is unsent still: finish() takes it back.
  }
}

/// Puts on record again what stood there before an update that has not left.
void Job::Impl::take_back(const std::string& key) {
  const auto found = intents.unsent().find(key);
  if (found == intents.unsent().end()) return;
  Device device;
  device.key = key;
  try {
    store->record_update(device, found->second);
    ++recorded;
  } catch (const Error&) {  // Its entry cannot be used any more.
  }
  intents.forget(device.key);
}

/// For the last save: what has not left by now never does.
void Job::Impl::take_back_unsent() {
  MutexLock guard(mutex);
  intents.close();
  while (!intents.unsent().empty())
    take_back(intents.unsent().begin()->first);
  const std::list<job::Intents::Intent> waiting = intents.take();
  guard.unlock();
  for (const job::Intents::Intent& update : waiting)
    update.done(false);
}

}  // namespace stage3
