#include "disk/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <utility>

#include "disk/failure.hpp"
#include "disk/lock_access.hpp"
#include "disk/lock_holder.hpp"
#include "disk/names.hpp"

namespace stage3::disk {
namespace {

constexpr int kFlags = O_RDWR | O_NONBLOCK | O_NOCTTY;
constexpr unsigned kMaxAttempts = 100;  // while others make, replace and delete it
constexpr std::chrono::seconds kLockPatience{10};
constexpr std::chrono::milliseconds kLockPause{10};

/// The opening and locking of one lock file, until it is settled.
class Locking {
 public:
  Locking(const Target& target, const std::string& name)
      : target_(target),
        name_(name),
        new_name_(name + ".new"),
        system_(target.directory.system()),
        access_(lock_access(target)) {}

  void look() const { open_existing(); }

  UniqueFd run() {
    for (unsigned attempt = 0; attempt < kMaxAttempts; ++attempt) {
      if (std::optional<UniqueFd> settled = attempt_once()) return std::move(*settled);
    }
    throw Failure("somebody keeps deleting " + name_);
  }

 private:
  using Outcome = std::optional<UniqueFd>;  // none: begin anew

  Outcome attempt_once() {
    bool is_made = false;
    UniqueFd file = open_or_make(is_made);
    if (!file) return std::nullopt;
    const bool is_open = is_open_to_others(system_, file.get(), access_);
    const bool is_ours = lock(file.get());
    if (is_ours && !is_still(name_, file.get())) return std::nullopt;
    if (is_ours && is_made) set_access(system_, file.get(), access_);
    const bool is_unlike = is_ours && !is_made && is_improvable(file.get());
    if (is_unlike || (is_open && (is_ours || is_held_by_strangers(system_, file.get(), access_)))) {
      bool is_settled = true;
      UniqueFd replaced = replace(file.get(), is_settled);
      if (!is_settled) return std::nullopt;
      if (replaced) return replaced;
    }
    if (!is_ours) return UniqueFd();
    return file;
  }

  /// Whether a new file in its place would have the access that this one lacks: this one is not
  /// changed, for it may be somebody's file that was moved here.
  bool is_improvable(int fd) const {
    const uid_t user = system_.effective_user();
    return (user == 0 || status_of(system_, fd).st_uid == user) &&
           !has_access(system_, fd, access_);
  }

  /// An empty descriptor: there is none.
  UniqueFd open_existing() const {
    UniqueFd file = open(name_, 0);
    if (file) {
      check(file.get());
      return file;
    }
    if (errno == ELOOP) throw Failure(name_ + " is a symbolic link");
    if (errno == EACCES) {
      throw Failure("open " + name_ +
                    ": Permission denied; it must have the owner and group of the state file");
    }
    if (errno != ENOENT) throw Failure("open " + name_, errno);
    return file;
  }

  /// An empty descriptor: it has come or gone meanwhile.
  UniqueFd open_or_make(bool& ret_is_made) const {
    UniqueFd file = open_existing();
    if (file) return file;
    file = open(name_, O_CREAT | O_EXCL);
    if (!file && errno != EEXIST) throw Failure("create " + name_, errno);
    ret_is_made = static_cast<bool>(file);
    return file;
  }

  UniqueFd open(const std::string& name, int more_flags) const {
    return UniqueFd(uninterrupted([&] {
      return system_.open_at(target_.directory.fd(), name.c_str(), kFlags | more_flags, 0600);
    }));
  }

  void check(int fd) const {
    const struct stat status = status_of(system_, fd);
    if (!S_ISREG(status.st_mode)) throw Failure(name_ + " is not a regular file");
    if (status.st_nlink > 1) throw Failure(name_ + " has more than one name (hard links)");
    check_content(name_, fd);
  }

  void check_content(const std::string& name, int fd) const {
    if (!holds_number_at_most(system_, fd)) {
      throw Failure(name + " is no lock file: move it away");
    }
  }

  bool lock(int fd) const {
    if (uninterrupted([&] { return system_.lock(fd, LOCK_EX | LOCK_NB); }) == 0) return true;
    if (errno != EWOULDBLOCK) throw Failure("lock " + name_, errno);
    return false;
  }

  /// Whoever deletes or replaces a lock file makes a second lock of the same name possible.
  bool is_still(const std::string& name, int fd) const {
    struct stat by_name {};
    return target_.directory.stat(name, by_name) && is_same_file(by_name, status_of(system_, fd));
  }

  /// Puts a new lock file in the place of `old`, locked before anybody else can open it by its
  /// name. Two that do this at once meet at the lock of the new file: the second finds that the
  /// name leads elsewhere. An empty descriptor: it cannot be done here, or (not `ret_is_settled`)
  /// another attempt is needed.
  UniqueFd replace(int old, bool& ret_is_settled) const {
    const int dir = target_.directory.fd();
    UniqueFd made = open(new_name_, O_CREAT | O_EXCL);
    // A file system without permissions of its own has every file open to others.
    const bool is_hopeless = made && is_open_to_others(system_, made.get(), access_);
    if (!made && errno == EEXIST) {
      ret_is_settled = !clear_new();
      return {};
    }
    if (!made || is_hopeless) {
      const bool is_removed = system_.unlink_at(dir, new_name_.c_str()) == 0;
      ret_is_settled = is_hopeless || !is_removed;
      return {};
    }
    ret_is_settled = false;
    if (!lock(made.get()) || !is_still(new_name_, made.get())) {
      system_.sleep(kLockPause);
      return {};
    }
    if (!is_still(name_, old)) {
      system_.unlink_at(dir, new_name_.c_str());
      return {};
    }
    ret_is_settled = true;
    set_access(system_, made.get(), access_);
    if (system_.rename_at(dir, new_name_.c_str(), name_.c_str()) == 0) return made;
    system_.unlink_at(dir, new_name_.c_str());
    return {};
  }

  /// Waits for whoever is making a new lock file, or removes what stands at its name. False: it
  /// cannot be removed. A file of one name that is no lock file would be lost: it is refused.
  bool clear_new() const {
    const UniqueFd file = open(new_name_, 0);
    if (!file && errno == ENOENT) return true;
    if (file) {
      const struct stat status = status_of(system_, file.get());
      if (S_ISREG(status.st_mode) && status.st_nlink == 1) {
        check_content(new_name_, file.get());
        if (!is_open_to_others(system_, file.get(), access_) &&
            (!lock(file.get()) || !is_still(new_name_, file.get()))) {
          system_.sleep(kLockPause);
          return true;
        }
      }
    }
    return system_.unlink_at(target_.directory.fd(), new_name_.c_str()) == 0 || errno == ENOENT;
  }

  const Target& target_;
  const std::string& name_;
  const std::string new_name_;
  FileSystem& system_;
  const LockAccess access_;
};

}  // namespace

UniqueFd try_lock(const Target& target, const std::string& name) {
  return Locking(target, name).run();
}

void look_at_lock(const Target& target, const std::string& name) {
  Locking(target, name).look();
}

std::optional<pid_t> holder_of(const Target& target, const std::string& name) {
  FileSystem& system = target.directory.system();
  const UniqueFd file(uninterrupted([&] {
    return system.open_at(target.directory.fd(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  }));
  if (!file) return std::nullopt;
  return lock_holder(system, file.get());
}

SaveLock::SaveLock(const Target& target) {
  FileSystem& system = target.directory.system();
  const std::string name = target.sibling(suffix::kLock);
  const auto deadline = system.now() + kLockPatience;
  for (;;) {
    fd_ = try_lock(target, name);
    if (fd_) return;
    if (system.now() >= deadline) {
      const std::optional<pid_t> holder = holder_of(target, name);
      throw Failure((holder ? "process " + std::to_string(*holder) : "another process") +
                    " has been holding " + name + " for 10 s");
    }
    system.sleep(kLockPause);
  }
}

}  // namespace stage3::disk
