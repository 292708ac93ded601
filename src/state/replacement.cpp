#include "state/replacement.hpp"

#include <cerrno>

#include "state/failure.hpp"
#include "state/names.hpp"

namespace stage3::state {
namespace {

bool cannot_exchange(int error_number) {
  return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP;
}

}  // namespace

Replacement::Replacement(const Target& target, const Original& original, std::string_view bytes,
                         Backup backup, std::vector<std::string>& notices)
    : target_(target), original_(original), bytes_(bytes), backup_(backup), notices_(notices) {}

bool Replacement::put(TempFile& temp) {
  if (has_changed()) return false;
  const Directory& directory = target_.directory;
  if (directory.system().exchange_at(directory.fd(), temp.name().c_str(), target_.name.c_str()) ==
      -1) {
    if (cannot_exchange(errno)) return put_by_rename(temp);
    if (errno == ENOENT) return false;
    throw Failure("exchange " + temp.name() + " and " + target_.name, errno);
  }
  temp.give_away();
  try {
    if (displaced_is_original(temp.name())) {
      commit(temp.name());
      return true;
    }
  } catch (...) {
    undo(temp);
    throw;
  }
  swap_back(temp);
  directory.remove(temp.name());
  return false;
}

bool Replacement::has_changed() const {
  struct stat status {};
  return !target_.directory.stat(target_.name, status) ||
         !is_same_version(status, original_.status);
}

/// Where names cannot be exchanged a change between the last look and the rename is lost.
bool Replacement::put_by_rename(TempFile& temp) {
  if (backup_ == Backup::make) copy_to_backup(target_, original_, bytes_, notices_);
  if (has_changed()) return false;
  target_.directory.rename(temp.name(), target_.name);
  temp.give_away();
  target_.directory.sync();
  return true;
}

/// What the exchange took out of its place must be what was read and merged: another file may have
/// been renamed there since the last look, or somebody may be writing into it.
bool Replacement::displaced_is_original(const std::string& displaced) const {
  // The first look is the cheapest one: until it is put back, others read our file for theirs.
  struct stat status {};
  if (!target_.directory.stat(displaced, status) || !is_same_version(status, original_.status)) {
    return false;
  }
  FileSystem& system = target_.directory.system();
  const UniqueFd file = target_.directory.open_regular(displaced);
  if (!file || (system.probe_writer(file.get()) == -1 && errno == EAGAIN)) return false;
  return has_bytes(system, file.get(), bytes_);
}

void Replacement::commit(const std::string& displaced) {
  const Directory& directory = target_.directory;
  directory.sync();
  if (backup_ == Backup::make) directory.rename(displaced, target_.sibling(suffix::kBackup));
  // The new file is in its place for good: what fails from here on is worth telling, no more.
  try {
    if (backup_ == Backup::keep) directory.remove(displaced);
    directory.sync();
  } catch (const Failure& failure) {
    notices_.push_back(std::string("saved, but could not tidy up: ") + failure.what());
  }
}

void Replacement::swap_back(const TempFile& temp) {
  const Directory& directory = target_.directory;
  const auto exchange = [&] {
    return directory.system().exchange_at(directory.fd(), temp.name().c_str(),
                                          target_.name.c_str()) == 0;
  };
  if (!exchange()) {
    // Better without a look at what it takes the place of than not at all.
    directory.rename(temp.name(), target_.name);
    return;
  }
  struct stat came_out {};
  if (directory.stat(temp.name(), came_out) && !temp.is(came_out)) {
    // Somebody has renamed a newer file over ours: that one stays.
    if (!exchange()) directory.rename(temp.name(), target_.name);
  }
}

/// Keeps the error that made it necessary the one that is told.
void Replacement::undo(const TempFile& temp) noexcept {
  try {
    swap_back(temp);
    target_.directory.remove(temp.name());
    target_.directory.sync();
  } catch (const std::exception& error) {
    notices_.push_back(error.what());
  }
}

void copy_to_backup(const Target& target, const Original& original, std::string_view bytes,
                    std::vector<std::string>& notices) {
  TempFile copy(target.directory, target.sibling(suffix::kBackupTemp));
  copy.write(bytes);
  copy.complete(original, notices);
  target.directory.rename(copy.name(), target.sibling(suffix::kBackup));
  copy.give_away();
}

}  // namespace stage3::state
