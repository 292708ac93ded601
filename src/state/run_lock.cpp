#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "disk/failure.hpp"
#include "disk/run_lock.hpp"

namespace stage3 {

RunLock RunLock::acquire(const std::string& state_path) {
  try {
    const disk::Target target = disk::resolve(disk::real_file_system(), state_path);
    return RunLock(disk::acquire_run_lock(target, state_path).release());
  } catch (const disk::Failure& failure) {
    throw disk::unwritable(state_path, failure);
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
