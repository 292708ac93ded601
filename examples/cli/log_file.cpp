#include "log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stage3/device.hpp>
#include <stage3/error.hpp>
#include <utility>

namespace cli {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw stage3::Error(stage3::Errc::config,
                      "cannot open the log file (logging.base_path): " + reason, path);
}

/// Why nothing must be written to the file; empty: no reason.
std::string defect_of(int fd, const std::vector<std::string>& others) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return "it is not a regular file";
  if (info.st_nlink > 1) return "it has more than one name (hard links)";
  for (const std::string& other : others) {
    struct stat known {};
    if (::stat(other.c_str(), &known) == 0 && known.st_dev == info.st_dev &&
        known.st_ino == info.st_ino) {
      return "it is " + other + ", which log lines would ruin";
    }
  }
  return {};
}

}  // namespace

LogFile::LogFile(std::string path, const std::vector<std::string>& others)
    : path_(std::move(path)) {
  if (path_.empty()) return;
  // O_NONBLOCK: a FIFO without a reader must not stop the run before it begins.
  constexpr int kFlags =
      O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  fd_ = ::open(path_.c_str(), kFlags, 0640);
  if (fd_ < 0) refuse(path_, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
  const std::string defect = defect_of(fd_, others);
  if (defect.empty()) return;
  ::close(fd_);
  refuse(path_, defect);
}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string LogFile::append(std::int64_t time, const std::string& text) {
  if (fd_ < 0) return {};
  const std::string line = stage3::to_utc(time) + ' ' + text + '\n';
  ssize_t count = -1;
  do {
    count = ::write(fd_, line.data(), line.size());
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(line.size())) return {};
  const std::string reason = count < 0 ? std::strerror(errno) : "no space left";
  ::close(fd_);
  fd_ = -1;
  return "cannot write log file " + path_ + ": " + reason;
}

}  // namespace cli
