#pragma once

#include <sys/types.h>

#include <string>

namespace cli {

/// An account of this system that a run can be left to.
struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

/// `text` is a name or, where no account is called so, a user id. Throws
/// stage3::Error(invalid_argument) if there is no such account, if it is root's, or if this process
/// is not root's.
User find_user(const std::string& text);

/// Gives up root for good, in favour of `user`: all ids, the groups, all capabilities; no program
/// started from here can get them back, and no process of that user can look into this one. To be
/// called before any thread is started. Throws stage3::Error(system); the process must not go on
/// then.
void become(const User& user);

/// From now on no core of this process is written, and no other process of its user can look into
/// its memory. Throws stage3::Error(system).
void keep_memory_private();

}  // namespace cli
