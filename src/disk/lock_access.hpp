#pragma once

#include <sys/stat.h>

#include <string>

#include "disk/target.hpp"

namespace stage3::disk {

/// Who may open a lock file: those who may write the state file. flock() takes no more than an open
/// descriptor, so whoever else could open it could hold up every run.
struct LockAccess {
  uid_t owner;
  gid_t group;
  /// 0644 of the state file gives 0600, 0664 gives 0660.
  mode_t mode;
  /// Empty: none.
  std::string acl;

  bool is_owners_alone() const { return mode == 0600; }
};

/// As the state file is now; the caller's alone if there is none.
LockAccess lock_access(const Target& target);

/// Whether anybody may or might open the lock file `fd` who may not write the state file.
bool is_open_to_others(FileSystem& system, int fd, const LockAccess& access);

/// Whether the lock file `fd` has this access to the letter.
bool has_access(FileSystem& system, int fd, const LockAccess& access);

/// Whether `fd` holds what a lock file can hold: nothing, or the number of a process.
bool holds_number_at_most(FileSystem& system, int fd);

/// Whether a number may be written into the locked file `fd`: it has one name, holds no more than a
/// number, is open to nobody else, and is the process's own or the state file's owner's.
bool may_take_number(FileSystem& system, int fd, const LockAccess& access);

/// Gives the lock file `fd` this access, as far as the process may: never more. Only for one that
/// the process has made itself: whoever owns the directory can move any other file there, and would
/// get root's file for his own.
void set_access(FileSystem& system, int fd, const LockAccess& access);

}  // namespace stage3::disk
