#include "process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

namespace cli {
namespace {

/// OpenSSL, below libcurl, would read its configuration where these say, with modules to load in
/// it, and libcurl would write the keys of connections to a file.
constexpr const char* kReadByTls[] = {"OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES",
                                      "OPENSSL_MODULES", "SSLKEYLOGFILE"};

}  // namespace

void prepare_process() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) != fd) std::abort();
  }
  for (const char* variable : kReadByTls)
    ::unsetenv(variable);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

bool is_same_file(const struct stat& info, const std::string& path) {
  struct stat known {};
  return ::stat(path.c_str(), &known) == 0 && known.st_dev == info.st_dev &&
         known.st_ino == info.st_ino;
}

bool is_same_place(const std::string& path, const std::string& other) {
  if (path == other) return true;
  const auto base = [](const std::string& name) { return name.substr(directory_of(name).size()); };
  if (base(path) != base(other)) return false;
  const auto within = [](const std::string& name) { return directory_of(name) + "."; };
  struct stat info {};
  return ::stat(within(path).c_str(), &info) == 0 && is_same_file(info, within(other));
}

int write_durably(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

std::string whereabouts(const std::string& path) {
  if (path.empty() || path.front() == '/' || ::access(path.c_str(), F_OK) == 0) return {};
  char directory[PATH_MAX];
  if (errno != ENOENT || ::getcwd(directory, sizeof directory) == nullptr) return {};
  return std::string(" (the working directory is ") + directory + ')';
}

}  // namespace cli
