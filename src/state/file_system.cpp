#include "state/file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>

namespace stage3::state {

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
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == -1) return -1;
  return ::fcntl(fd, F_SETLEASE, F_UNLCK);
}

uid_t FileSystem::effective_user() {
  return ::geteuid();
}

std::chrono::steady_clock::time_point FileSystem::now() {
  return std::chrono::steady_clock::now();
}

void FileSystem::sleep(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

FileSystem& real_file_system() {
  static FileSystem file_system;
  return file_system;
}

}  // namespace stage3::state
