#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "state/failure.hpp"
#include "state/lock_access.hpp"
#include "state/lock_file.hpp"
#include "state/names.hpp"

namespace stage3 {
namespace {

/// For those who are refused. The lock itself is not in the bytes, so that a full disk or a limit
/// on file sizes does not matter.
void write_own_id(state::FileSystem& system, int fd, const state::LockAccess& access) {
  if (!state::may_take_number(system, fd, access)) return;
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || system.max_file_size() < id.size()) return;
  if (::pwrite(fd, id.data(), id.size(), 0) < 0) return;
}

}  // namespace

namespace state {

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

}  // namespace state

RunLock RunLock::acquire(const std::string& state_path) {
  try {
    const state::Target target = state::resolve(state::real_file_system(), state_path);
    return RunLock(state::acquire_run_lock(target, state_path).release());
  } catch (const state::Failure& failure) {
    throw state::unwritable(state_path, failure);
  }
}

void RunLock::release() noexcept {
  if (fd_ < 0) return;
  ::flock(fd_, LOCK_UN);
  const UniqueFd released(std::exchange(fd_, -1));
}

RunLock::RunLock(RunLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  UniqueFd released(std::exchange(fd_, std::exchange(other.fd_, -1)));
  return *this;
}

RunLock::~RunLock() {
  UniqueFd released(fd_);
}

}  // namespace stage3
