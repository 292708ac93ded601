#include "state/replacement.hpp"

#include <cerrno>

#include "state/failure.hpp"
#include "state/names.hpp"
#include "state/settled.hpp"

namespace stage3::state {
namespace {

/// Who was just about to copy the state file to `.bak` has opened both by then. If the old file got
/// that name between the two, it would be copied onto itself, which leaves it empty.
constexpr std::chrono::milliseconds kCopyGrace{10};

/// Makes `.bak` by copying: `bytes` and the attributes of `original`. Throws Failure.
void copy_to_backup(const Target& target, const Original& original, std::string_view bytes,
                    const SaveCourse& course, std::vector<std::string>& notices) {
  TempFile copy(target.directory, target.sibling(suffix::kBackupTemp),
                mode_of_new(target.directory.system(), original, course));
  copy.write(bytes);
  copy.complete(original, notices);
  target.directory.rename(copy.name(), target.sibling(suffix::kBackup));
  copy.give_away();
}

}  // namespace

Replacement::Replacement(const Target& target, const Original& original, std::string_view bytes,
                         SaveCourse& course, std::vector<std::string>& notices)
    : target_(target), original_(original), bytes_(bytes), course_(course), notices_(notices) {}

Replacement::Outcome Replacement::put(TempFile& temp) {
  ours_ = temp.status();
  displaced_ = original_.status;
  if (has_changed()) return Outcome::changed;
  if (!course_.can_exchange) return put_by_rename(temp);
  const Directory& directory = target_.directory;
  if (directory.system().exchange_at(directory.fd(), temp.name().c_str(), target_.name.c_str()) ==
      -1) {
    if (errno == ENOENT) return Outcome::changed;
    if (!is_unsupported(errno)) {
      throw Failure("exchange " + temp.name() + " and " + target_.name, errno);
    }
    course_.can_exchange = false;
    return put_by_rename(temp);
  }
  temp.give_away();
  Outcome outcome = Outcome::done;
  try {
    outcome = look_at(temp.name());
    if (outcome == Outcome::done) outcome = commit(temp);
    if (outcome == Outcome::done) return outcome;
  } catch (...) {
    undo(temp);
    throw;
  }
  swap_back(temp);
  directory.remove(temp.name());
  return outcome;
}

bool Replacement::is_version(const std::string& name) const {
  struct stat status {};
  return target_.directory.stat(name, status) && is_same_version(status, original_.status);
}

bool Replacement::has_changed() const {
  return !is_version(target_.name);
}

/// Where names cannot be exchanged a change between the last look and the rename is lost.
Replacement::Outcome Replacement::put_by_rename(TempFile& temp) {
  FileSystem& system = target_.directory.system();
  if (!course_.has_idle_writer && has_writer(system, original_.fd.get())) {
    return Outcome::being_written;
  }
  if (!course_.has_backup) copy_to_backup(target_, original_, bytes_, course_, notices_);
  if (has_changed()) return Outcome::changed;
  target_.directory.rename(temp.name(), target_.name);
  temp.give_away();
  course_.has_backup = true;
  course_.needs_sync = true;
  sync_directory();
  return Outcome::done;
}

/// What the exchange took out of its place must be what was read and merged: another file may have
/// been renamed there since the last look, or somebody may be writing into it.
Replacement::Outcome Replacement::look_at(const std::string& displaced) {
  // The first look is the cheapest one: until it is put back, others read our file for theirs.
  if (!target_.directory.stat(displaced, displaced_)) return Outcome::changed;
  if (!is_same_version(displaced_, original_.status)) return Outcome::changed;
  FileSystem& system = target_.directory.system();
  const UniqueFd file = target_.directory.open_regular(displaced);
  if (!file) return Outcome::changed;
  if (!course_.has_idle_writer && has_writer(system, file.get())) {
    return Outcome::being_written;
  }
  return has_bytes(system, file.get(), bytes_) ? Outcome::done : Outcome::changed;
}

Replacement::Outcome Replacement::commit(const TempFile& temp) {
  const Directory& directory = target_.directory;
  sync_directory();
  if (!course_.has_backup) directory.system().sleep(kCopyGrace);
  // The idle writer may have woken up.
  if (course_.has_idle_writer && !is_version(temp.name())) return Outcome::changed;
  const bool is_first = !course_.has_backup;
  if (is_first) directory.rename(temp.name(), target_.sibling(suffix::kBackup));
  course_.has_backup = true;
  // The new file is in its place for good: what fails from here on is worth telling, no more.
  try {
    if (!is_first) directory.remove(temp.name());
    sync_directory();
  } catch (const Failure& failure) {
    notices_.push_back(std::string("saved, but could not tidy up: ") + failure.what());
  }
  return Outcome::done;
}

void Replacement::sync_directory() {
  if (course_.can_sync_directory) course_.can_sync_directory = target_.directory.sync();
  course_.needs_sync = false;
}

/// Each exchange must take out what was put there before. Anything else has been renamed over it
/// meanwhile: it is newer, and gets its place back in its turn.
void Replacement::swap_back(const TempFile& temp) {
  constexpr unsigned kMaxTurns = 100;
  const Directory& directory = target_.directory;
  struct stat put_in = ours_;
  struct stat held = displaced_;
  for (unsigned turn = 0; turn < kMaxTurns; ++turn) {
    if (directory.system().exchange_at(directory.fd(), temp.name().c_str(),
                                       target_.name.c_str()) == -1) {
      break;
    }
    struct stat came_out {};
    if (!directory.stat(temp.name(), came_out) || is_same_file(came_out, put_in)) return;
    put_in = held;
    held = came_out;
  }
  // Better without a look at what it takes the place of than not at all.
  directory.rename(temp.name(), target_.name);
}

/// Keeps the error that made it necessary the one that is told.
void Replacement::undo(const TempFile& temp) noexcept {
  try {
    swap_back(temp);
    target_.directory.remove(temp.name());
    target_.directory.sync();
  } catch (const std::exception& error) {
    // Perhaps the new file is in place now: it must not become the backup of this run.
    course_.has_backup = true;
    notices_.push_back(error.what());
  }
}

}  // namespace stage3::state
