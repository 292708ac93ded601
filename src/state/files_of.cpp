#include "state/files_of.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <memory>

#include "disk/names.hpp"

namespace stage3::state {

std::string file_behind(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

void add_files_of(const std::string& file, std::vector<std::string>& files) {
  files.push_back(file);
  for (const char* suffix : disk::suffix::kOthers)
    files.push_back(file + suffix);
  for (const char* suffix : disk::suffix::kRescued)
    files.push_back(file + suffix);
  for (const char* suffix : disk::suffix::kLate)
    files.push_back(file + suffix);
}

}  // namespace stage3::state
