#include "privileges.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <stage3/error.hpp>

namespace cli {
namespace {

using stage3::Errc;
using stage3::Error;

[[noreturn]] void fail(const User& user, const std::string& reason) {
  throw Error(Errc::system, "--user: cannot become " + user.name + ": " + reason);
}

[[noreturn]] void fail_call(const User& user, const char* call) {
  fail(user, std::string(call) + ": " + std::strerror(errno));
}

std::optional<uid_t> to_uid(const std::string& text) {
  uid_t uid = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, uid);
  if (error != std::errc() || stop != end) return std::nullopt;
  return uid;
}

/// Which of these means that there is no such account depends on where accounts are kept.
bool means_none(int error_number) {
  return error_number == 0 || error_number == ENOENT || error_number == ESRCH ||
         error_number == EBADF || error_number == EPERM;
}

const passwd* find_account(const std::string& text) {
  errno = 0;
  const passwd* account = ::getpwnam(text.c_str());
  const auto uid = account == nullptr && means_none(errno) ? to_uid(text) : std::nullopt;
  if (!uid) return account;
  errno = 0;
  return ::getpwuid(*uid);
}

/// Root's capabilities can outlive its user id (`setpriv --securebits=+no_setuid_fixup`).
void give_up_capabilities(const User& user) {
  __user_cap_header_struct header{};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0) fail_call(user, "capset");
}

void check_nothing_is_left(const User& user) {
  uid_t uids[3];
  gid_t gids[3];
  if (::getresuid(&uids[0], &uids[1], &uids[2]) != 0) fail_call(user, "getresuid");
  if (::getresgid(&gids[0], &gids[1], &gids[2]) != 0) fail_call(user, "getresgid");
  for (const uid_t uid : uids)
    if (uid != user.uid) fail(user, "a user id has stayed");
  for (const gid_t gid : gids)
    if (gid != user.gid) fail(user, "a group id has stayed");
  if (::setuid(0) == 0 || (user.gid != 0 && ::setgid(0) == 0)) fail(user, "root can be regained");
}

}  // namespace

User find_user(const std::string& text) {
  if (::geteuid() != 0)
    throw Error(Errc::invalid_argument, "--user: only root can become another user");
  const passwd* account = find_account(text);
  if (account == nullptr) {
    const std::string reason = means_none(errno) ? "there is no such user" : std::strerror(errno);
    throw Error(Errc::invalid_argument, "--user " + text + ": " + reason);
  }
  if (account->pw_uid == 0) {
    throw Error(Errc::invalid_argument,
                "--user " + text + ": this is root, whom the option is there to get away from");
  }
  return {account->pw_name, account->pw_uid, account->pw_gid};
}

void become(const User& user) {
  if (::initgroups(user.name.c_str(), user.gid) != 0) fail_call(user, "initgroups");
  if (::setresgid(user.gid, user.gid, user.gid) != 0) fail_call(user, "setresgid");
  if (::setresuid(user.uid, user.uid, user.uid) != 0) fail_call(user, "setresuid");
  give_up_capabilities(user);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail_call(user, "prctl");
  check_nothing_is_left(user);
  // It holds what root has opened. And a change of ids resets the flag.
  keep_memory_private();
}

void keep_memory_private() {
  // A core that is piped into a program heeds the flag only; a change of ids may reset that.
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    throw Error(Errc::system,
                std::string("cannot keep passwords out of core dumps: ") + std::strerror(errno));
  }
}

}  // namespace cli
