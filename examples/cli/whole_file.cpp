#include "whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stage3/error.hpp>
#include <utility>

#include "process.hpp"

namespace cli {

WholeFile::WholeFile(std::string path, std::string key, std::vector<std::string> others)
    : path_(std::move(path)), key_(std::move(key)), others_(std::move(others)) {}

void WholeFile::refuse(const std::string& reason) const {
  throw stage3::Error(stage3::Errc::config, "cannot write the file (" + key_ + "): " + reason,
                      path_);
}

void WholeFile::check() const {
  for (const std::string& other : others_)
    if (is_same_place(path_, other)) refuse("it is " + other + ", which would be lost");
  const std::string within = directory_of(path_);
  const std::string directory = within.empty() ? "." : within;
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    if (errno == ENOENT)
      refuse("there is no directory " + directory + ": make it" + whereabouts(directory));
    refuse("its directory " + directory + ": " + std::strerror(errno));
  }
  struct stat info {};
  if (::lstat(path_.c_str(), &info) != 0) return;
  // What stands at the name is replaced: nothing that is more than a file may be lost.
  if (S_ISLNK(info.st_mode)) refuse("it is a symbolic link: name the file itself, or remove it");
  if (!S_ISREG(info.st_mode)) refuse("it is no regular file: name another one, or remove it");
  for (const std::string& other : others_)
    if (is_same_file(info, other)) refuse("it is " + other + ", which would be lost");
}

void WholeFile::write(const std::string& text) const {
  check();
  const std::string temporary = path_ + ".stage3-" + std::to_string(::getpid());
  ::unlink(temporary.c_str());  // of a process that had this number before, and crashed
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) refuse(std::strerror(errno));
  int failure = write_durably(fd, text);
  if (::close(fd) != 0 && failure == 0) failure = errno;
  if (failure == 0 && std::rename(temporary.c_str(), path_.c_str()) != 0) failure = errno;
  if (failure == 0) return;
  ::unlink(temporary.c_str());
  refuse(std::strerror(failure));
}

}  // namespace cli
