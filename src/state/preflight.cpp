#include "state/preflight.hpp"

#include <unistd.h>

#include <cerrno>

#include "state/failure.hpp"
#include "state/names.hpp"
#include "state/target.hpp"

namespace stage3::state {
namespace {

/// In a directory like /tmp only its owner may put another file in a file's place.
void check_sticky(const Target& target, const struct stat& file) {
  FileSystem& system = target.directory.system();
  const struct stat directory = status_of(system, target.directory.fd());
  const uid_t user = system.effective_user();
  if ((directory.st_mode & S_ISVTX) == 0 || user == 0) return;
  if (user != file.st_uid && user != directory.st_uid) {
    throw Failure("its directory lets only its owner replace it (sticky bit)");
  }
}

/// One that another user has left behind may be closed to this one.
void check_lock_file(const Target& target) {
  const std::string name = target.sibling(suffix::kLock);
  FileSystem& system = target.directory.system();
  if (system.access_at(target.directory.fd(), name.c_str(), R_OK | W_OK) == -1 && errno != ENOENT) {
    throw Failure(name, errno);
  }
}

}  // namespace

void check_writable(FileSystem& system, const std::string& path) {
  const Target target = resolve(system, path);
  const Directory& directory = target.directory;
  struct stat status {};
  if (!directory.stat(target.name, status)) throw Failure("No such file or directory");
  if (!S_ISREG(status.st_mode)) throw Failure("it is not a regular file");
  if (system.access_at(directory.fd(), target.name.c_str(), R_OK | W_OK) == -1) {
    throw Failure(target.name, errno);
  }
  if (system.access_at(directory.fd(), ".", W_OK | X_OK) == -1) {
    throw Failure("its directory", errno);
  }
  check_sticky(target, status);
  check_lock_file(target);
  for (const char* suffix : {suffix::kLock, suffix::kTemp, suffix::kBackup}) {
    const std::string name = target.sibling(suffix);
    struct stat in_the_way {};
    if (directory.stat(name, in_the_way) && S_ISDIR(in_the_way.st_mode)) {
      throw Failure("the directory " + name + " is in the way");
    }
  }
}

}  // namespace stage3::state
