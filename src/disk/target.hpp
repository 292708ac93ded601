#pragma once

#include <string>

#include "disk/file_io.hpp"

namespace stage3::disk {

/// Where a state file really is: a name in an open directory, not a symbolic link.
struct Target {
  Directory directory;
  std::string name;

  std::string sibling(const char* suffix) const { return name + suffix; }
};

/// Follows the symbolic links that `path` may be, at most 8. Root does not follow the link of a
/// user to a file of another: it may be a trap. A file that does not exist is no error. Throws
/// Failure, and what check_path() throws.
Target resolve(FileSystem& system, const std::string& path);

}  // namespace stage3::disk
