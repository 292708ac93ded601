#pragma once

#include <string>
#include <vector>

namespace stage3::state {

/// The file that `path` is a symbolic link to, or a chain of them leads to; else `path`.
std::string file_behind(const std::string& path);

/// The file and all that may stand beside it.
void add_files_of(const std::string& file, std::vector<std::string>& files);

}  // namespace stage3::state
