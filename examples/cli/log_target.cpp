#include "log_target.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <stage3/error.hpp>

#include "process.hpp"

namespace cli {
namespace {

constexpr int kMostLinks = 40;  // as the kernel has it

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw stage3::Error(stage3::Errc::config,
                      "cannot open the log file (logging.base_path): " + reason, path);
}

std::string read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length <= 0 || length == sizeof target) return {};
  return {target, static_cast<std::size_t>(length)};
}

/// Where the links that `path` is, one behind the other, lead to.
std::string follow_links(const std::string& path) {
  std::string at = path;
  for (int links = 0;; ++links) {
    struct stat info {};
    if (::lstat(at.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return at;
    const std::string link = "it is a symbolic link (" + at + ")";
    if (links == kMostLinks) refuse(path, link + " that leads nowhere");
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
      refuse(path, link + " that belongs to another user: name the file itself, or chown -h");
    }
    const std::string target = read_link(at);
    if (target.empty()) refuse(path, link + " that cannot be read");
    at = target.front() == '/' ? target : directory_of(at) + target;
  }
}

constexpr const char* kInstead = ", and a log is a regular file: name another file, or remove it";

/// What stands there and can never be a log; empty: nothing like that.
std::string misfit(mode_t mode) {
  if (S_ISREG(mode) || S_ISLNK(mode)) return {};
  if (S_ISDIR(mode)) return std::string("it is a directory") + kInstead;
  if (S_ISFIFO(mode)) return std::string("it is a FIFO") + kInstead;
  if (S_ISSOCK(mode)) return std::string("it is a socket") + kInstead;
  return std::string("it is a device") + kInstead;
}

std::string misfit_at(const std::string& target) {
  struct stat info {};
  return ::lstat(target.c_str(), &info) == 0 ? misfit(info.st_mode) : std::string();
}

/// Why no file can be made at `target`, where there is none.
std::string why_missing(const std::string& target) {
  const std::string directory = directory_of(target);
  if (directory.empty() || ::access(directory.c_str(), F_OK) == 0) return std::strerror(ENOENT);
  return "there is no directory " + directory + ": make it" + whereabouts(directory);
}

/// Why nothing must be written to the file; empty: no reason.
std::string defect_of(int fd, const std::vector<std::string>& others) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return std::strerror(errno);
  if (std::string what = misfit(info.st_mode); !what.empty()) return what;
  if (info.st_nlink > 1) return "it has more than one name (hard links)";
  for (const std::string& other : others)
    if (is_same_file(info, other)) return "it is " + other + ", which log lines would ruin";
  return {};
}

/// Whether a file can be made there, without making one.
bool can_create(const std::string& path) {
  const std::string directory = directory_of(path);
  return ::faccessat(AT_FDCWD, directory.empty() ? "." : directory.c_str(), W_OK | X_OK,
                     AT_EACCESS) == 0;
}

}  // namespace

int open_log(const std::string& path, int create, const std::vector<std::string>& others) {
  const std::string target = follow_links(path);
  const std::string link = target == path ? "" : "it is a symbolic link to " + target + ": ";
  // Before it is opened: what is only made later must not be made as a log.
  for (const std::string& other : others)
    if (is_same_place(target, other))
      refuse(path, "it is " + other + ", which log lines would ruin");
  if (std::string what = misfit_at(target); !what.empty()) refuse(path, link + what);
  // O_NONBLOCK: a FIFO without a reader must not stop the run before it begins.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const int fd = ::open(target.c_str(), kFlags | create, 0640);
  if (fd < 0 && errno == ENOENT && create == 0 && can_create(target)) return -1;
  if (fd < 0 && errno == ENOENT) refuse(path, link + why_missing(target));
  if (fd < 0) refuse(path, errno == ELOOP ? "it is a symbolic link" : link + std::strerror(errno));
  const std::string defect = defect_of(fd, others);
  if (defect.empty()) return fd;
  ::close(fd);
  refuse(path, link + defect);
}

}  // namespace cli
