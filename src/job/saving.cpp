// When a job saves, how it finds out that it cannot, and what it does then.

#include <sys/eventfd.h>

#include <cerrno>
#include <list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/unique_fd.hpp"
#include "job/job_impl.hpp"

namespace stage3 {
namespace {

using job::Checkpoints;

/// Whether the process is out of descriptors. Devices in flight have them, and give them back: it
/// says nothing about whether their results can be saved.
bool lacks_descriptors() {
  const UniqueFd any(::eventfd(0, EFD_CLOEXEC));
  return !any && (errno == EMFILE || errno == ENFILE);
}

}  // namespace

bool Job::Impl::all_have_come() const {
  const Summary now = runner.summary();
  return now.reported() == now.total;
}

/// Not once nothing is left to be changed.
bool Job::Impl::is_look_due() const {
  if (!saves || is_finished || all_have_come()) return false;
  const MutexLock guard(mutex);
  return checkpoints.is_look_due(platform.now());
}

bool Job::Impl::is_due() const {
  const bool is_last = all_have_come();
  const auto now = platform.now();
  const MutexLock guard(mutex);
  return saves && !is_finished &&
         (intents.is_due(now) || checkpoints.is_due(recorded, is_last, now));
}

/// Nothing is reported of what it finds: the save that is due then reports it, if it is so.
void Job::Impl::look() {
  bool is_fine = true;
  try {
    store->check_still_writable();
  } catch (const Error&) {
    is_fine = lacks_descriptors();
  }
  MutexLock guard(mutex);
  checkpoints.note_looked(is_fine, platform.now());
  guard.unlock();
  follow_checkpoints();
}

void Job::Impl::follow_checkpoints() {
  MutexLock guard(mutex);
  const Checkpoints::State state = checkpoints.state();
  guard.unlock();
  if (state == Checkpoints::State::given_up) {
    if (all_have_come()) return;
    is_stopped = true;
    return runner.cancel();
  }
  const bool hold = state == Checkpoints::State::held;
  if (std::exchange(is_held, hold) != hold) runner.hold_changes(hold);
}

/// What is not saved yet, unless that has been thrown already. `lost`: why, even so, not everything
/// is in the file or was done.
Job::Impl::Notices Job::Impl::save_rest(std::optional<Error>& lost) {
  if (!saves || has_thrown) return {};
  MutexLock guard(mutex);
  const bool is_needed = checkpoints.is_needed(recorded);
  guard.unlock();
  has_thrown = true;
  Notices notices;
  if (is_needed) notices = save();
  lost = find_lost();
  has_thrown = lost.has_value();
  return notices;
}

std::optional<Error> Job::Impl::find_lost() const {
  if (is_stopped)
    return Error(Errc::state_write, failure + ": the run was stopped, and what is known is saved");
  if (!ambiguous.empty())
    return Error(Errc::state_write, "cannot write state file " + store->path() + ": " + ambiguous);
  return std::nullopt;
}

/// What has come by now, and the updates that wait for it: those may leave then.
Job::Impl::Notices Job::Impl::save() {
  STAGE3_ASSERT(lock);
  const Clock::time_point begin = platform.now();
  MutexLock guard(mutex);
  std::list<job::Intents::Intent> updates = intents.take();
  const bool is_needed = !updates.empty() || checkpoints.is_needed(recorded);
  guard.unlock();
  std::set<std::string> lost;
  bool is_saved = false;
  const auto tell = [&] {
    for (const auto& update : updates)
      update.done(is_saved && lost.count(update.key) == 0);
  };
  try {
    Notices notices = save_all(is_needed, begin, lost);
    is_saved = true;
    if (!updates.empty()) {
      const MutexLock again(mutex);
      intents.note_saved(begin, platform.now());
    }
    tell();
    return notices;
  } catch (...) {
    was_postponed = lacks_descriptors();
    MutexLock again(mutex);
    if (was_postponed) {
      checkpoints.note_postponed(platform.now());
      intents.put_back(updates);
    } else {
      checkpoints.note_failed(platform.now());
      intents.note_failed();
    }
    again.unlock();
    tell();
    throw;
  }
}

/// `lost`: keys of entries into which nothing was written.
Job::Impl::Notices Job::Impl::save_all(bool is_needed, Clock::time_point begin,
                                       std::set<std::string>& lost) {
  const std::size_t known = recorded;
  SaveReport report;
  // Without a result a save would write nothing, and so report nothing.
  if (is_needed)
    report = store->save();
  else
    store->check_writable();
  ambiguous.clear();
  for (const std::string& key : report.ambiguous) {
    ambiguous = "the entry " + key +
                " could be meant in more than one way by now, or somebody else has sent its device "
                "an update or recorded another TLS key of it meanwhile: not all of its result is "
                "recorded";
    report.notices.push_back(store->path() + ": " + ambiguous);
  }
  for (const std::string& key : report.vanished) {
    report.notices.push_back("the entry " + key + " is no longer in " + store->path() +
                             ": its result is not recorded");
  }
  lost.insert(report.ambiguous.begin(), report.ambiguous.end());
  lost.insert(report.vanished.begin(), report.vanished.end());
  const MutexLock guard(mutex);
  checkpoints.note_saved(known, begin, platform.now());
  if (!failure.empty() && !is_stopped) {
    report.notices.push_back("the state file " + store->path() +
                             " can be written again: what is known is saved");
    noted.erase(std::exchange(failure, {}));
    noted.erase(report.notices.back());
  }
  return std::move(report.notices);
}

void Job::Impl::note(const Notices& notices) {
  for (const std::string& text : notices) {
    MutexLock guard(mutex);
    const bool is_new = noted.insert(text).second;
    guard.unlock();
    if (is_new && callbacks.on_notice) callbacks.on_notice(text);
  }
}

}  // namespace stage3
