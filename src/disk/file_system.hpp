#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace stage3::disk {

/// What the kernel says of a file beyond its permissions, as far as its file system says.
struct Peculiarities {
  bool is_mount_point = false;
  /// Chattr +a.
  bool is_append_only = false;
  /// Chattr +i.
  bool is_immutable = false;
};

/// The system calls of a save, so that tests can make any of them fail. Each returns what the call
/// returns, with errno set on -1. Paths are names inside of the directory `dir`; none of the calls
/// follows a symbolic link there. May be used from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// O_CLOEXEC and O_NOFOLLOW are added.
  virtual int open_at(int dir, const char* name, int flags, mode_t mode);
  virtual ssize_t read_at(int fd, void* to, std::size_t size, off_t offset);
  virtual ssize_t write(int fd, const void* from, std::size_t size);
  virtual int fsync(int fd);
  /// Reserves room for the first `size` bytes. EOPNOTSUPP where the file system cannot.
  virtual int allocate(int fd, off_t size);
  /// The largest file that the process may write (RLIMIT_FSIZE). Whoever writes more is killed by a
  /// signal.
  virtual std::uintmax_t max_file_size();
  /// A hint that the disk may begin to write these bytes. Promises nothing, errors included: they
  /// are fsync()'s to report.
  virtual void start_writeback(int fd, off_t offset, off_t size);
  virtual int stat(int fd, struct stat* ret_status);
  virtual int stat_at(int dir, const char* name, struct stat* ret_status);
  virtual int access_at(int dir, const char* name, int mode);
  /// An empty name: of the directory itself.
  virtual int peculiarities_at(int dir, const char* name, Peculiarities& ret_peculiarities);
  /// What the file system that the directory is on says of its room.
  virtual int volume(int dir, struct statvfs* ret_volume);
  /// The target of the link that `fd` (O_PATH) stands for.
  virtual ssize_t read_link(int fd, char* to, std::size_t size);
  virtual int lock(int fd, int operation);
  virtual int rename_at(int dir, const char* from, const char* to);
  /// Swaps two names atomically. EINVAL or ENOSYS where the kernel or the file system cannot.
  virtual int exchange_at(int dir, const char* a, const char* b);
  virtual int unlink_at(int dir, const char* name);
  virtual int change_owner(int fd, uid_t user, gid_t group);
  virtual int change_mode(int fd, mode_t mode);
  virtual ssize_t list_attributes(int fd, char* to, std::size_t size);
  virtual ssize_t get_attribute(int fd, const char* name, void* to, std::size_t size);
  virtual int set_attribute(int fd, const char* name, const void* from, std::size_t size);
  virtual int remove_attribute(int fd, const char* name);
  /// Asks by a read lease that is given up at once whether anybody has the file open for writing:
  /// -1 with EAGAIN. Other errors mean that it cannot be known.
  virtual int probe_writer(int fd);
  virtual uid_t effective_user();

  /// The kernel's table of locks (/proc/locks); none where it cannot be read.
  virtual std::optional<std::string> lock_table();
  /// /proc/<pid>/status, empty where it cannot be read.
  virtual std::string process_status(pid_t pid);
  virtual bool is_alive(pid_t pid);

  virtual std::chrono::steady_clock::time_point now();
  /// As the times of files are counted.
  virtual std::chrono::system_clock::time_point file_time();
  virtual void sleep(std::chrono::microseconds time);
};

/// The kernel's, without anything in between.
FileSystem& real_file_system();

}  // namespace stage3::disk
