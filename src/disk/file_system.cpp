#include "disk/file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/file.hpp"

namespace stage3::disk {
namespace {

constexpr std::size_t kMaxProcFile = 16 * 1024 * 1024;

}  // namespace

int FileSystem::open_at(int dir, const char* name, int flags, mode_t mode) {
  return ::openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
}

ssize_t FileSystem::read_at(int fd, void* to, std::size_t size, off_t offset) {
  return ::pread(fd, to, size, offset);
}

ssize_t FileSystem::write(int fd, const void* from, std::size_t size) {
  return ::write(fd, from, size);
}

int FileSystem::fsync(int fd) {
  return ::fsync(fd);
}

int FileSystem::allocate(int fd, off_t size) {
  return ::fallocate(fd, 0, 0, size);
}

std::uintmax_t FileSystem::max_file_size() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY) {
    return UINTMAX_MAX;
  }
  return limit.rlim_cur;
}

void FileSystem::start_writeback(int fd, off_t offset, off_t size) {
  ::sync_file_range(fd, offset, size, SYNC_FILE_RANGE_WRITE);
}

int FileSystem::stat(int fd, struct stat* ret_status) {
  return ::fstat(fd, ret_status);
}

int FileSystem::stat_at(int dir, const char* name, struct stat* ret_status) {
  return ::fstatat(dir, name, ret_status, AT_SYMLINK_NOFOLLOW);
}

int FileSystem::access_at(int dir, const char* name, int mode) {
  return ::faccessat(dir, name, mode, AT_EACCESS);
}

int FileSystem::peculiarities_at(int dir, const char* name, Peculiarities& ret_peculiarities) {
  constexpr std::uint64_t kMountRoot = 0x2000;  // STATX_ATTR_MOUNT_ROOT, which older headers lack
  struct statx status {};
  const unsigned flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if (::syscall(SYS_statx, dir, name, flags, STATX_BASIC_STATS, &status) == -1) return -1;
  const auto has = [&](std::uint64_t attribute) {
    return (status.stx_attributes & status.stx_attributes_mask & attribute) != 0;
  };
  ret_peculiarities = {has(kMountRoot), has(STATX_ATTR_APPEND), has(STATX_ATTR_IMMUTABLE)};
  return 0;
}

int FileSystem::volume(int dir, struct statvfs* ret_volume) {
  return ::fstatvfs(dir, ret_volume);
}

ssize_t FileSystem::read_link(int fd, char* to, std::size_t size) {
  return ::readlinkat(fd, "", to, size);
}

int FileSystem::lock(int fd, int operation) {
  return ::flock(fd, operation);
}

int FileSystem::rename_at(int dir, const char* from, const char* to) {
  return ::renameat(dir, from, dir, to);
}

int FileSystem::exchange_at(int dir, const char* a, const char* b) {
  constexpr unsigned kExchange = 2;  // RENAME_EXCHANGE, which older musl headers lack
  return static_cast<int>(::syscall(SYS_renameat2, dir, a, dir, b, kExchange));
}

int FileSystem::unlink_at(int dir, const char* name) {
  return ::unlinkat(dir, name, 0);
}

int FileSystem::change_owner(int fd, uid_t user, gid_t group) {
  return ::fchown(fd, user, group);
}

int FileSystem::change_mode(int fd, mode_t mode) {
  return ::fchmod(fd, mode);
}

ssize_t FileSystem::list_attributes(int fd, char* to, std::size_t size) {
  return ::flistxattr(fd, to, size);
}

ssize_t FileSystem::get_attribute(int fd, const char* name, void* to, std::size_t size) {
  return ::fgetxattr(fd, name, to, size);
}

int FileSystem::set_attribute(int fd, const char* name, const void* from, std::size_t size) {
  return ::fsetxattr(fd, name, from, size, 0);
}

int FileSystem::remove_attribute(int fd, const char* name) {
  return ::fremovexattr(fd, name);
}

int FileSystem::probe_writer(int fd) {
  // Who opens the file for writing between the two calls breaks the lease, and the signal for that
  // would be SIGIO, which kills. SIGURG does nothing unless the program asks for it.
  ::fcntl(fd, F_SETSIG, SIGURG);
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == -1) return -1;
  return ::fcntl(fd, F_SETLEASE, F_UNLCK);
}

uid_t FileSystem::effective_user() {
  return ::geteuid();
}

std::optional<std::string> FileSystem::lock_table() {
  try {
    return read_file("/proc/locks", kMaxProcFile);
  } catch (const FileError&) {
    return std::nullopt;
  }
}

std::string FileSystem::process_status(pid_t pid) {
  try {
    return read_file("/proc/" + std::to_string(pid) + "/status", kMaxProcFile);
  } catch (const FileError&) {
    return {};
  }
}

bool FileSystem::is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

std::chrono::steady_clock::time_point FileSystem::now() {
  return std::chrono::steady_clock::now();
}

std::chrono::system_clock::time_point FileSystem::file_time() {
  return std::chrono::system_clock::now();
}

void FileSystem::sleep(std::chrono::microseconds time) {
  std::this_thread::sleep_for(time);
}

FileSystem& real_file_system() {
  static FileSystem file_system;
  return file_system;
}

}  // namespace stage3::disk
