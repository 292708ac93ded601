#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "disk/file_system.hpp"

namespace stage3::disk {

/// The attribute that is a file's ACL.
constexpr const char* kAcl = "system.posix_acl_access";
/// Of a mode. Where an ACL is, they are its mask, not the group's rights.
constexpr mode_t kGroupBits = 0070;

/// Gives the new file `to` the owner, group, mode, ACL and extended attributes of `from`, whose
/// status is `status`. What the process may not set is said in `notices`; nobody gets more access
/// for it. False: the mode is among that. Throws Failure for every other error.
bool copy_attributes(FileSystem& system, int from, const struct stat& status, int to,
                     std::vector<std::string>& notices);

/// The mode to make a copy of `from` with where none can be set later: that of `status`, without
/// what a file that has not got its owner, group and ACL yet would give to the wrong people.
mode_t mode_for_new(FileSystem& system, int from, const struct stat& status);

}  // namespace stage3::disk
