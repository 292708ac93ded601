#pragma once

#include <sys/types.h>

#include <string>

namespace cli {

/// To be called first of all: makes sure that descriptors 0 to 2 are open, so that no file the run
/// opens can become standard output; ignores SIGPIPE; raises the soft descriptor limit to the hard
/// one.
void prepare_process();

/// A user of this system.
struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

/// Throws stage3::Error(invalid_argument) if there is no such user or this process is not root's.
User find_user(const std::string& name);

/// Gives up root for good, in favour of `user`. To be called before any thread is started. Throws
/// stage3::Error(system); the process must not go on then.
void become(const User& user);

}  // namespace cli
