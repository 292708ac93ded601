#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "disk/file_system.hpp"

namespace stage3::test {

/// The real file system, but one of its calls can be made to fail, and time passes only by
/// sleeping.
class FaultyFileSystem : public disk::FileSystem {
 public:
  /// The call that fails, counted from 1; 0: none.
  unsigned fail_at = 0;
  int error_number = EIO;
  /// The same call fails each time it is made again.
  bool for_good = false;
  /// Calls made so far.
  unsigned calls = 0;
  std::string failed_call;

  /// Calls that this file system refuses, each with its error. That of a directory is `dirsync`.
  std::map<std::string, int> refused;
  /// What it says of names, "" being the directory.
  std::map<std::string, disk::Peculiarities> peculiarities;
  /// What it says of its room; none: the truth.
  std::optional<struct statvfs> told_room;
  std::uintmax_t file_size_limit = UINTMAX_MAX;

  bool can_exchange = true;
  std::size_t max_write = SIZE_MAX;
  uid_t user = FileSystem::effective_user();
  /// Those of the calls made so far that change the directory or make it durable.
  std::string log;
  /// Run once before the next read, lock, exchange or rename, after that, or at the next sleep.
  std::function<void()> before_read;
  std::function<void()> before_lock;
  std::function<void()> before_exchange;
  std::function<void()> after_exchange;
  std::function<void()> on_sleep;
  std::function<void(off_t)> on_allocate;

  std::chrono::microseconds slept{0};

  int open_at(int dir, const char* name, int flags, mode_t mode) override {
    return fails("open") ? -1 : FileSystem::open_at(dir, name, flags, mode);
  }
  ssize_t read_at(int fd, void* to, std::size_t size, off_t offset) override {
    run_once(before_read);
    return fails("read") ? -1 : FileSystem::read_at(fd, to, size, offset);
  }
  ssize_t write(int fd, const void* from, std::size_t size) override {
    return fails("write") ? -1 : FileSystem::write(fd, from, std::min(size, max_write));
  }
  /// Not done, only counted: what it is good for shows in a power cut, and it takes its time.
  int fsync(int fd) override {
    struct stat status {};
    const bool is_directory = ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    if (is_directory && is_refused("dirsync")) return -1;
    return fails("fsync") ? -1 : 0;
  }
  int allocate(int fd, off_t size) override {
    if (on_allocate) on_allocate(size);
    return fails("fallocate") ? -1 : FileSystem::allocate(fd, size);
  }
  std::uintmax_t max_file_size() override { return file_size_limit; }
  int peculiarities_at(int dir, const char* name, disk::Peculiarities& ret) override {
    if (fails("statx")) return -1;
    const auto found = peculiarities.find(name);
    if (found == peculiarities.end()) return FileSystem::peculiarities_at(dir, name, ret);
    ret = found->second;
    return 0;
  }
  int volume(int dir, struct statvfs* ret_volume) override {
    if (fails("statvfs")) return -1;
    if (!told_room) return FileSystem::volume(dir, ret_volume);
    *ret_volume = *told_room;
    return 0;
  }
  int stat(int fd, struct stat* ret_status) override {
    return fails("fstat") ? -1 : FileSystem::stat(fd, ret_status);
  }
  int stat_at(int dir, const char* name, struct stat* ret_status) override {
    return fails("fstatat") ? -1 : FileSystem::stat_at(dir, name, ret_status);
  }
  int access_at(int dir, const char* name, int mode) override {
    return fails("access") ? -1 : FileSystem::access_at(dir, name, mode);
  }
  ssize_t read_link(int fd, char* to, std::size_t size) override {
    return fails("readlink") ? -1 : FileSystem::read_link(fd, to, size);
  }
  int lock(int fd, int operation) override {
    run_once(before_lock);
    return fails("flock") ? -1 : FileSystem::lock(fd, operation);
  }
  int rename_at(int dir, const char* from, const char* to) override {
    run_once(before_exchange);
    return fails("rename") ? -1 : FileSystem::rename_at(dir, from, to);
  }
  int exchange_at(int dir, const char* a, const char* b) override {
    if (!can_exchange) {
      errno = EINVAL;
      return -1;
    }
    run_once(before_exchange);
    if (fails("exchange")) return -1;
    const int result = FileSystem::exchange_at(dir, a, b);
    run_once(after_exchange);
    return result;
  }
  int unlink_at(int dir, const char* name) override {
    return fails("unlink") ? -1 : FileSystem::unlink_at(dir, name);
  }
  int change_owner(int fd, uid_t owner, gid_t group) override {
    return fails("fchown") ? -1 : FileSystem::change_owner(fd, owner, group);
  }
  int change_mode(int fd, mode_t mode) override {
    return fails("fchmod") ? -1 : FileSystem::change_mode(fd, mode);
  }
  ssize_t list_attributes(int fd, char* to, std::size_t size) override {
    return fails("flistxattr") ? -1 : FileSystem::list_attributes(fd, to, size);
  }
  ssize_t get_attribute(int fd, const char* name, void* to, std::size_t size) override {
    return fails("fgetxattr") ? -1 : FileSystem::get_attribute(fd, name, to, size);
  }
  int set_attribute(int fd, const char* name, const void* from, std::size_t size) override {
    return fails("fsetxattr") ? -1 : FileSystem::set_attribute(fd, name, from, size);
  }
  int remove_attribute(int fd, const char* name) override {
    return fails("fremovexattr") ? -1 : FileSystem::remove_attribute(fd, name);
  }
  int probe_writer(int fd) override { return fails("lease") ? -1 : FileSystem::probe_writer(fd); }
  uid_t effective_user() override { return user; }

  std::chrono::steady_clock::time_point now() override {
    return std::chrono::steady_clock::time_point(slept);
  }
  void sleep(std::chrono::microseconds time) override {
    slept += time;
    run_once(on_sleep);
  }

 protected:
  /// Before each of the calls that can fail.
  virtual void on_call(unsigned /*number*/) {}

 private:
  bool is_refused(const std::string& call) const {
    const auto found = refused.find(call);
    if (found == refused.end()) return false;
    errno = found->second;
    return true;
  }

  bool fails(const std::string& call) {
    on_call(++calls);
    if (call == "write" || call == "fsync" || call == "rename" || call == "exchange") {
      log += (log.empty() ? "" : " ") + call;
    }
    if (is_refused(call)) return true;
    const bool is_again = for_good && failed_call == call;
    if (calls != fail_at && !is_again) return false;
    failed_call = call;
    errno = error_number;
    return true;
  }

  static void run_once(std::function<void()>& action) {
    if (!action) return;
    const std::function<void()> taken = std::move(action);
    action = nullptr;
    taken();
  }
};

}  // namespace stage3::test
