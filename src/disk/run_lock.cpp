#include "disk/run_lock.hpp"

#include <unistd.h>

#include <stage3/error.hpp>

#include "disk/failure.hpp"
#include "disk/lock_access.hpp"
#include "disk/lock_file.hpp"
#include "disk/names.hpp"

namespace stage3::disk {
namespace {

/// For those who are refused. The lock itself is not in the bytes, so that a full disk or a limit
/// on file sizes does not matter.
void write_own_id(FileSystem& system, int fd, const LockAccess& access) {
  if (!may_take_number(system, fd, access)) return;
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || system.max_file_size() < id.size()) return;
  if (::pwrite(fd, id.data(), id.size(), 0) < 0) return;
}

}  // namespace

UniqueFd acquire_run_lock(const Target& target, const std::string& shown_path) {
  const std::string name = target.sibling(suffix::kRunLock);
  try {
    UniqueFd file = try_lock(target, name);
    if (!file) {
      const std::optional<pid_t> holder = holder_of(target, name);
      const std::string lock = shown_path + suffix::kRunLock;
      if (holder == ::getpid())
        throw Error::naming(
            Errc::locked,
            "this process (" + std::to_string(*holder) + ") holds " + lock + " already", lock);
      const std::string who = holder ? " (process " + std::to_string(*holder) + ")" : "";
      throw Error::naming(Errc::locked,
                          "another run" + who + " holds " + lock + "; wait for its end", lock);
    }
    write_own_id(target.directory.system(), file.get(), lock_access(target));
    return file;
  } catch (const Failure& failure) {
    throw unwritable(shown_path, failure);
  }
}

void check_run_lock(const Target& target, const std::string& shown_path) {
  try {
    look_at_lock(target, target.sibling(suffix::kRunLock));
  } catch (const Failure& failure) {
    throw unwritable(shown_path, failure);
  }
}

}  // namespace stage3::disk
