#pragma once

#include <string>
#include <vector>

namespace cli {

/// Opens the log file `path` for appending and returns its descriptor; `create` is O_CREAT or 0.
/// Where 0 and there is no such file, returns -1 if one could be made. Symbolic links are followed
/// if they belong to root or to the user of this process: anybody else could have root write where
/// they cannot. Refused are other links, hard links, whatever is no regular file, and the files
/// `others`. Throws stage3::Error(config).
int open_log(const std::string& path, int create, const std::vector<std::string>& others);

}  // namespace cli
