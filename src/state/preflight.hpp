#pragma once

#include <string>

#include "state/file_system.hpp"

namespace stage3::state {

/// Throws Failure if a save of the state file at `path` could not succeed, as far as that can be
/// seen without leaving a trace.
void check_writable(FileSystem& system, const std::string& path);

}  // namespace stage3::state
