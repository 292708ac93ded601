#pragma once

#include <chrono>
#include <string>

#include "base/unique_fd.hpp"
#include "state/target.hpp"

namespace stage3::state {

/// Opens a lock file beside the state file for reading and writing, or makes it: with the state
/// file's owner and mode, so that whoever may write the one may lock the other, root's leftovers
/// included. Anything but a regular file of one name is refused. Throws Failure.
UniqueFd open_lock_file(const Target& target, const std::string& name);

/// `flock` on `<file>.lock`, held while saving. The file is never deleted.
class SaveLock {
 public:
  /// Waits for up to 10 s. Throws Failure.
  explicit SaveLock(const Target& target);

 private:
  UniqueFd fd_;
};

}  // namespace stage3::state
