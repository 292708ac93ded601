#pragma once

#include <optional>
#include <string>

#include "disk/file_system.hpp"
#include "disk/lock_access.hpp"

namespace stage3::disk {

/// The process that holds the lock of the open file `fd`, where it is really known: the kernel's
/// table has it, or, where that cannot be read, the file names a process that lives.
std::optional<pid_t> lock_holder(FileSystem& system, int fd);

/// Whether the lock of the open file `fd` is known to be held by nobody who may write the state
/// file: somebody who could open a lock file that was open to all.
bool is_held_by_strangers(FileSystem& system, int fd, const LockAccess& access);

}  // namespace stage3::disk
