#include "state/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "state/failure.hpp"

namespace stage3::state {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{10};

/// What cannot be given away stays ours: the lock works all the same.
void share_like(const Target& target, int fd) {
  struct stat status {};
  if (!target.directory.stat(target.name, status)) return;
  FileSystem& system = target.directory.system();
  system.change_owner(fd, status.st_uid, status.st_gid);
  system.change_mode(fd, status.st_mode & 0666);
}

void check_lock_file(FileSystem& system, int fd, const std::string& name) {
  const struct stat status = status_of(system, fd);
  if (!S_ISREG(status.st_mode)) throw Failure(name + " is not a regular file");
  if (status.st_nlink > 1) throw Failure(name + " has more than one name (hard links)");
}

bool is_still(const Target& target, const std::string& name, int fd) {
  struct stat by_name {};
  return target.directory.stat(name, by_name) &&
         is_same_file(by_name, status_of(target.directory.system(), fd));
}

}  // namespace

UniqueFd open_lock_file(const Target& target, const std::string& name) {
  constexpr int kFlags = O_RDWR | O_NONBLOCK | O_NOCTTY;
  constexpr unsigned kMaxAttempts = 100;  // while others make and delete it
  FileSystem& system = target.directory.system();
  const int dir = target.directory.fd();
  for (unsigned attempt = 0; attempt < kMaxAttempts; ++attempt) {
    UniqueFd file(uninterrupted([&] { return system.open_at(dir, name.c_str(), kFlags, 0); }));
    if (file) {
      check_lock_file(system, file.get(), name);
      return file;
    }
    if (errno == ELOOP) throw Failure(name + " is a symbolic link");
    if (errno != ENOENT) throw Failure("open " + name, errno);

    file.reset(uninterrupted(
        [&] { return system.open_at(dir, name.c_str(), kFlags | O_CREAT | O_EXCL, 0600); }));
    if (file) {
      share_like(target, file.get());
      return file;
    }
    if (errno != EEXIST) throw Failure("create " + name, errno);
  }
  throw Failure("somebody keeps deleting " + name);
}

SaveLock::SaveLock(const Target& target) {
  FileSystem& system = target.directory.system();
  const std::string name = target.sibling(".lock");
  const auto deadline = system.now() + kPatience;
  for (;;) {
    fd_ = open_lock_file(target, name);
    if (uninterrupted([&] { return system.lock(fd_.get(), LOCK_EX | LOCK_NB); }) == 0) {
      // Whoever deletes a lock file makes a second lock of the same name possible.
      if (is_still(target, name, fd_.get())) return;
    } else if (errno != EWOULDBLOCK) {
      throw Failure("lock " + name, errno);
    }
    if (system.now() >= deadline) {
      throw Failure("another process has been holding " + name + " for 10 s");
    }
    system.sleep(kPause);
  }
}

}  // namespace stage3::state
