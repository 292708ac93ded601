#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "state/file_system.hpp"

namespace stage3::state {

/// Gives the new file `to` the owner, group, mode, ACL and extended attributes of `from`, whose
/// status is `status`. What the process may not set is told in `notices`; nobody gets more access
/// for it. Throws Failure for every other error.
void copy_attributes(FileSystem& system, int from, const struct stat& status, int to,
                     std::vector<std::string>& notices);

}  // namespace stage3::state
