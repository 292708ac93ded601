#include "disk/replacement.hpp"

#include <cerrno>

#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "disk/rescue.hpp"

namespace stage3::disk {
namespace {

/// Who was just about to copy the state file to `.bak` has opened both by then. If the old file got
/// that name between the two, it would be copied onto itself, which leaves it empty.
constexpr std::chrono::milliseconds kCopyGrace{10};

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
  writers_ = writers_of(system, original_.fd.get());
  if (is_being_written()) return Outcome::being_written;
  if (!course_.has_backup) copy_to_backup();
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
  writers_ = writers_of(system, file.get());
  if (is_being_written()) return Outcome::being_written;
  return has_bytes(system, file.get(), bytes_) ? Outcome::done : Outcome::changed;
}

bool Replacement::is_being_written() const {
  return writers_ == Writers::some && !course_.has_idle_writer;
}

void Replacement::copy_to_backup() {
  copy_version(target_, original_, bytes_, course_, target_.sibling(suffix::kBackup), notices_);
}

/// Gives those time who have the displaced file open. Whether it is still what it was.
bool Replacement::stays(const std::string& displaced) const {
  FileSystem& system = target_.directory.system();
  if (writers_ == Writers::unknown) {
    const auto until = system.now() + kIdle;
    for (; system.now() < until; system.sleep(kPause)) {
      if (!is_version(displaced)) return false;
    }
  } else if (!course_.has_backup) {
    system.sleep(kCopyGrace);
  }
  return is_version(displaced);
}

Replacement::Outcome Replacement::commit(const TempFile& temp) {
  const Directory& directory = target_.directory;
  sync_directory();
  // A file that somebody may yet write into would not stay what it was before the run.
  const bool becomes_backup = !course_.has_backup && writers_ == Writers::none;
  if (!course_.has_backup && !becomes_backup) copy_to_backup();
  if (!stays(temp.name())) return Outcome::changed;
  if (becomes_backup) directory.rename(temp.name(), target_.sibling(suffix::kBackup));
  course_.has_backup = true;
  // The new file is in its place for good: what fails from here on is worth a notice, no more.
  try {
    if (!becomes_backup) put_away(temp.name());
    sync_directory();
  } catch (const Failure& failure) {
    notices_.push_back(std::string("saved, but could not tidy up: ") + failure.what());
  }
  return Outcome::done;
}

/// What is written into a file without a name is gone with the last who has it open.
void Replacement::put_away(const std::string& displaced) {
  if (writers_ != Writers::some) return target_.directory.remove(displaced);
  std::string name = free_late_name(target_);
  target_.directory.rename(displaced, name);
  kept_as_ = std::move(name);
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
    if (directory.system().exchange_at(directory.fd(), temp.name().c_str(), target_.name.c_str()) ==
        -1) {
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

/// Keeps the error that made it necessary the one that is reported.
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

}  // namespace stage3::disk
