#include "process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stage3/error.hpp>

namespace cli {
namespace {

[[noreturn]] void fail(const User& user, const char* call) {
  throw stage3::Error(stage3::Errc::system, "--user: cannot become " + user.name + ": " + call +
                                                ": " + std::strerror(errno));
}

}  // namespace

void prepare_process() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) != fd) std::abort();
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

User find_user(const std::string& name) {
  if (::geteuid() != 0) {
    throw stage3::Error(stage3::Errc::invalid_argument,
                        "--user: only root can become another user");
  }
  errno = 0;
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) {
    const std::string reason = errno == 0 ? "there is no such user" : std::strerror(errno);
    throw stage3::Error(stage3::Errc::invalid_argument, "--user " + name + ": " + reason);
  }
  return {name, entry->pw_uid, entry->pw_gid};
}

void become(const User& user) {
  if (::initgroups(user.name.c_str(), user.gid) != 0) fail(user, "initgroups");
  if (::setresgid(user.gid, user.gid, user.gid) != 0) fail(user, "setresgid");
  if (::setresuid(user.uid, user.uid, user.uid) != 0) fail(user, "setresuid");
  const bool can_return = user.uid != 0 && ::setuid(0) == 0;
  if (can_return || ::geteuid() != user.uid || ::getegid() != user.gid) {
    errno = EPERM;
    fail(user, "privileges are still there");
  }
}

}  // namespace cli
