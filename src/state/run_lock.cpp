#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "state/failure.hpp"
#include "state/lock_file.hpp"

namespace stage3 {
namespace {

/// " (process 1234)", or nothing if the holder has not got round to writing it.
std::string holder(int fd) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string digits;
  for (ssize_t i = 0; i < length; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    digits += c;
  }
  return digits.empty() ? "" : " (process " + digits + ")";
}

/// Only for holder(): the lock itself is not in the bytes, so that a full disk does not matter.
void write_own_id(int fd) {
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0) return;
  if (::pwrite(fd, id.data(), id.size(), 0) < 0) return;
}

}  // namespace

RunLock RunLock::acquire(const std::string& state_path) {
  try {
    const state::Target target = state::resolve(state::real_file_system(), state_path);
    UniqueFd file = state::open_lock_file(target, target.sibling(".run.lock"));
    if (uninterrupted([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == -1) {
      if (errno != EWOULDBLOCK) throw state::Failure("lock " + target.sibling(".run.lock"), errno);
      throw Error(Errc::locked, "another run" + holder(file.get()) + " holds " + state_path +
                                    ".run.lock; wait for its end");
    }
    write_own_id(file.get());
    return RunLock(file.release());
  } catch (const state::Failure& failure) {
    throw Error(Errc::state_write, "cannot write state file " + state_path + ": " + failure.what());
  }
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
