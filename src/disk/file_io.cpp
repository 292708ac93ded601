#include "disk/file_io.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <vector>

#include "disk/failure.hpp"

namespace stage3::disk {
namespace {

constexpr std::size_t kPiece = 64 * 1024;  // stays in a cache

std::size_t read_some(FileSystem& system, int fd, char* to, std::size_t size, std::size_t offset) {
  const ssize_t count =
      uninterrupted([&] { return system.read_at(fd, to, size, static_cast<off_t>(offset)); });
  if (count < 0) throw Failure("read", errno);
  return static_cast<std::size_t>(count);
}

}  // namespace

Directory::Directory(FileSystem& system, const std::string& path) : system_(&system) {
  // "/.": the directory itself may be a symbolic link.
  fd_.reset(uninterrupted(
      [&] { return system.open_at(AT_FDCWD, (path + "/.").c_str(), O_RDONLY | O_DIRECTORY, 0); }));
  if (!fd_ && errno == EACCES) {
    read_error_ = errno;
    fd_.reset(uninterrupted(
        [&] { return system.open_at(AT_FDCWD, (path + "/.").c_str(), O_PATH | O_DIRECTORY, 0); }));
  }
  if (!fd_) throw Failure("open directory " + path, errno);
}

UniqueFd Directory::open_regular(const std::string& name) const {
  // O_NONBLOCK: a FIFO in its place must not hold us up.
  UniqueFd file(uninterrupted(
      [&] { return system_->open_at(fd(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0); }));
  if (!file) {
    if (errno == ENOENT) return file;
    if (errno == ELOOP) throw Failure(name + " is a symbolic link");
    throw Failure("open " + name, errno);
  }
  if (!S_ISREG(status_of(*system_, file.get()).st_mode)) {
    throw Failure(name + " is not a regular file");
  }
  return file;
}

UniqueFd Directory::create(const std::string& name, mode_t mode) const {
  UniqueFd file(uninterrupted(
      [&] { return system_->open_at(fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL, mode); }));
  if (!file) throw Failure("create " + name, errno);
  return file;
}

bool Directory::stat(const std::string& name, struct stat& ret_status) const {
  if (system_->stat_at(fd(), name.c_str(), &ret_status) == 0) return true;
  if (errno == ENOENT) return false;
  throw Failure("stat " + name, errno);
}

void Directory::rename(const std::string& from, const std::string& to) const {
  if (system_->rename_at(fd(), from.c_str(), to.c_str()) == -1) {
    throw Failure("rename " + from + " to " + to, errno);
  }
}

void Directory::remove(const std::string& name) const {
  if (system_->unlink_at(fd(), name.c_str()) == -1 && errno != ENOENT) {
    throw Failure("remove " + name, errno);
  }
}

bool Directory::sync() const {
  if (read_error_ != 0) throw Failure("open its directory for reading", read_error_);
  if (system_->fsync(fd()) == 0) return true;
  if (is_unsupported(errno)) return false;
  throw Failure("fsync of the directory", errno);
}

bool is_unsupported(int error_number) {
  return error_number == EINVAL || error_number == ENOSYS || error_number == EOPNOTSUPP ||
         error_number == ENOTTY;
}

struct stat status_of(FileSystem& system, int fd) {
  struct stat status {};
  if (system.stat(fd, &status) == -1) throw Failure("stat", errno);
  return status;
}

void write_all(FileSystem& system, int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count =
        uninterrupted([&] { return system.write(fd, bytes.data(), bytes.size()); });
    if (count < 0) throw Failure("write " + name, errno);
    if (count == 0) throw Failure("write " + name + ": nothing was written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void sync_file(FileSystem& system, int fd, const std::string& name) {
  // Not repeated whatever the error: the kernel says it once and forgets what was lost.
  if (system.fsync(fd) == -1) throw Failure("fsync of " + name, errno);
}

std::string read_whole(FileSystem& system, int fd) {
  const auto size = static_cast<std::size_t>(status_of(system, fd).st_size);
  std::string bytes;
  bytes.reserve(std::min(size, kMaxFileBytes) + 1);
  // In pieces: resize() fills with zeros, which cost little as long as they are in a cache. Only a
  // read that brings nothing proves the end.
  for (std::size_t used = 0;;) {
    const std::size_t room = bytes.capacity() - used;
    bytes.resize(used + (room == 0 ? kPiece : std::min(room, kPiece)));
    const std::size_t count = read_some(system, fd, &bytes[used], bytes.size() - used, used);
    used += count;
    if (used > kMaxFileBytes) throw Failure("larger than 256 MiB");
    if (count == 0) {
      bytes.resize(used);
      return bytes;
    }
  }
}

bool has_bytes(FileSystem& system, int fd, std::string_view expected) {
  std::vector<char> piece(std::min(kPiece, expected.size() + 1));
  std::size_t compared = 0;
  while (const std::size_t count = read_some(system, fd, piece.data(), piece.size(), compared)) {
    if (std::string_view(piece.data(), count) != expected.substr(compared, count)) return false;
    compared += count;
  }
  return compared == expected.size();
}

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool is_same_version(const struct stat& a, const struct stat& b) {
  return is_same_file(a, b) && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace stage3::disk
