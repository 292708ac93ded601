#include "log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <stage3/error.hpp>

#include "log_target.hpp"

namespace cli {
namespace {

/// A line is appended by one system call, whatever its length.
constexpr std::size_t kWholeLine = std::numeric_limits<std::size_t>::max();

}  // namespace

LogFile::LogFile(const std::string& path, const std::vector<std::string>& others)
    : path_(path), output_(kWholeLine) {
  if (!path.empty()) fd_ = open_log(path, O_CREAT, others);
}

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

void LogFile::check(const std::string& path, const std::vector<std::string>& others) {
  if (path.empty()) return;
  const int fd = open_log(path, 0, others);
  if (fd >= 0) ::close(fd);
}

void LogFile::start() {
  if (fd_ >= 0) output_.start();
}

void LogFile::append(const std::string& line) {
  if (is_open()) output_.put(fd_, line + '\n');
}

std::string LogFile::take_failure() {
  const int error = is_open() ? output_.error(fd_) : 0;
  if (error == 0) return {};
  has_failed_ = true;
  return "cannot write log file " + path_ + ": " + std::strerror(error);
}

bool LogFile::finish() {
  output_.finish();
  return fd_ < 0 || output_.error(fd_) == 0;
}

}  // namespace cli
