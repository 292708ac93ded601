#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/uninterrupted.hpp"
#include "base/unique_fd.hpp"
#include "disk/file_system.hpp"

namespace stage3::disk {

/// No file of ours is larger.
constexpr std::size_t kMaxFileBytes = 256 * 1024 * 1024;

/// One directory and the calls of a FileSystem on the names in it. Every function throws Failure,
/// naming what it was doing.
class Directory {
 public:
  /// `path` is opened once; from then on renaming it makes no difference. One that may be searched,
  /// but not read, will do for all but sync().
  Directory(FileSystem& system, const std::string& path);

  FileSystem& system() const { return *system_; }
  int fd() const { return fd_.get(); }

  /// Opens a regular file for reading, without waiting for what is none. An empty descriptor: there
  /// is no such file.
  UniqueFd open_regular(const std::string& name) const;
  /// Creates a file that must not exist, for writing. The process' umask takes bits from `mode`.
  UniqueFd create(const std::string& name, mode_t mode) const;
  /// False: there is no such file.
  bool stat(const std::string& name, struct stat& ret_status) const;
  void rename(const std::string& from, const std::string& to) const;
  /// A name that is not there is as good as removed.
  void remove(const std::string& name) const;
  /// False: this file system cannot sync directories.
  bool sync() const;

 private:
  FileSystem* system_;
  UniqueFd fd_;
  int read_error_ = 0;  // why it may not be read
};

/// Whether a call failed because the file system does not know it, not because of what it was
/// given.
bool is_unsupported(int error_number);

struct stat status_of(FileSystem& system, int fd);
void write_all(FileSystem& system, int fd, std::string_view bytes, const std::string& name);
void sync_file(FileSystem& system, int fd, const std::string& name);

/// The whole file; at most 256 MiB.
std::string read_whole(FileSystem& system, int fd);
/// Whether the whole file is `expected`. Needs no second copy of it.
bool has_bytes(FileSystem& system, int fd, std::string_view expected);

/// Whether two looks saw the same file with the same content: inode, size and time of change of the
/// bytes.
bool is_same_version(const struct stat& a, const struct stat& b);
bool is_same_file(const struct stat& a, const struct stat& b);

}  // namespace stage3::disk
