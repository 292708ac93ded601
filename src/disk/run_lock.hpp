#pragma once

#include <string>

#include "base/unique_fd.hpp"
#include "disk/target.hpp"

namespace stage3::disk {

/// The lock on `<file>.run.lock`. Throws Error(Errc::locked), or Error(Errc::state_write) if the
/// file cannot be made; `shown_path` is the state file in messages.
UniqueFd acquire_run_lock(const Target& target, const std::string& shown_path);

/// Whether anything but another run keeps acquire_run_lock() from its lock. Throws
/// Error(Errc::state_write) then.
void check_run_lock(const Target& target, const std::string& shown_path);

}  // namespace stage3::disk
