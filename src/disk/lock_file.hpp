#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "disk/target.hpp"

namespace stage3::disk {

/// `flock` on a lock file beside the state file, which is made if need be, open for reading and
/// writing. It is for those alone who may write the state file; one that others may open is
/// replaced by a new one, since they may have it open already. An empty descriptor: somebody else
/// holds the lock. Anything but a regular file of one name is refused. Throws Failure.
UniqueFd try_lock(const Target& target, const std::string& name);

/// Throws the Failure of try_lock() for what stands at that name, but neither makes nor locks
/// anything.
void look_at_lock(const Target& target, const std::string& name);

/// Who holds that lock, where it is known for sure.
std::optional<pid_t> holder_of(const Target& target, const std::string& name);

/// The lock on `<file>.lock`, held while saving. The file is never deleted.
class SaveLock {
 public:
  /// Waits for up to 10 s. Throws Failure.
  explicit SaveLock(const Target& target);

 private:
  UniqueFd fd_;
};

}  // namespace stage3::disk
