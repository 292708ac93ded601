#include <unistd.h>

#include <string>
#include <utility>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "state/failure.hpp"
#include "state/lock_file.hpp"
#include "state/names.hpp"

namespace stage3 {
namespace {

/// For those who are refused. The lock itself is not in the bytes, so that a full disk or a limit
/// on file sizes does not matter.
void write_own_id(state::FileSystem& system, int fd) {
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || system.max_file_size() < id.size()) return;
  if (::pwrite(fd, id.data(), id.size(), 0) < 0) return;
}

}  // namespace

RunLock RunLock::acquire(const std::string& state_path) {
  try {
    state::FileSystem& system = state::real_file_system();
    const state::Target target = state::resolve(system, state_path);
    const std::string name = target.sibling(state::suffix::kRunLock);
    UniqueFd file = state::try_lock(target, name);
    if (!file) {
      const std::optional<pid_t> holder = state::holder_of(target, name);
      const std::string who = holder ? " (process " + std::to_string(*holder) + ")" : "";
      throw Error(Errc::locked,
                  "another run" + who + " holds " + state_path + ".run.lock; wait for its end");
    }
    write_own_id(system, file.get());
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
