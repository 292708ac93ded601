#include "harsh_file_system.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "disk/names.hpp"

namespace stage3::torture {
namespace {

/// FS_IOC_SHUTDOWN of newer kernel headers; ext4 and xfs have long had it under names of their own.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kFlushJournal = 1;
constexpr std::uint32_t kDoNotFlush = 2;

constexpr std::array<std::pair<const char*, Mutant>, 12> kMutants{{
    {"none", Mutant::none},
    {"in-place", Mutant::in_place},
    {"read-and-rename", Mutant::read_and_rename},
    {"no-fsync", Mutant::no_fsync},
    {"no-directory-fsync", Mutant::no_directory_fsync},
    {"no-lock", Mutant::no_lock},
    {"no-exchange", Mutant::no_exchange},
    {"deaf", Mutant::deaf},
    {"trusting", Mutant::trusting},
    {"shared-temp", Mutant::shared_temp},
    {"no-trial", Mutant::no_trial},
    {"backup-twice", Mutant::backup_twice},
}};

bool is_directory(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

Mutant mutant_of(const std::string& name) {
  for (const auto& [word, mutant] : kMutants) {
    if (name == word) return mutant;
  }
  throw std::invalid_argument("no such mutant: " + name);
}

void HarshFileSystem::cut_power_at(unsigned call, const std::string& directory, Journal journal) {
  cut_at_ = call;
  cut_directory_ = directory;
  journal_ = journal;
}

void HarshFileSystem::cut_power() const {
  constexpr int kCannotCut = 4;
  const int fd = ::open(cut_directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t how = journal_ == Journal::flushed ? kFlushJournal : kDoNotFlush;
  if (fd == -1 || ::ioctl(fd, kShutdown, &how) == -1) {
    std::perror("cutting the power");
    ::_exit(kCannotCut);
  }
  ::_exit(kCut);
}

void HarshFileSystem::count() {
  if (++calls_ == cut_at_) cut_power();
}

const char* HarshFileSystem::named(const char* name) const {
  const std::string_view ending = disk::suffix::kTemp;
  const std::string_view text = name;
  if (mutant_ != Mutant::shared_temp || text.size() < ending.size() ||
      text.substr(text.size() - ending.size()) != ending) {
    return name;
  }
  other_name_ = text.substr(0, text.size() - ending.size());
  other_name_ += ".tmp";
  return other_name_.c_str();
}

int HarshFileSystem::open_at(int dir, const char* name, int flags, mode_t mode) {
  count();
  name = named(name);
  if (mutant_ == Mutant::trusting) {
    return ::openat(dir, name, (flags & ~(O_EXCL | O_NOFOLLOW)) | O_CLOEXEC, mode);
  }
  return FileSystem::open_at(dir, name, flags, mode);
}

ssize_t HarshFileSystem::read_at(int fd, void* to, std::size_t size, off_t offset) {
  count();
  return FileSystem::read_at(fd, to, size, offset);
}

ssize_t HarshFileSystem::write(int fd, const void* from, std::size_t size) {
  count();
  const ssize_t written = FileSystem::write(fd, from, size);
  return mutant_ == Mutant::deaf ? static_cast<ssize_t>(size) : written;
}

int HarshFileSystem::fsync(int fd) {
  count();
  const bool is_left_out =
      mutant_ == Mutant::no_fsync || (mutant_ == Mutant::no_directory_fsync && is_directory(fd));
  if (is_left_out) return 0;
  const int result = FileSystem::fsync(fd);
  return mutant_ == Mutant::deaf ? 0 : result;
}

int HarshFileSystem::stat(int fd, struct stat* ret_status) {
  count();
  return FileSystem::stat(fd, ret_status);
}

int HarshFileSystem::stat_at(int dir, const char* name, struct stat* ret_status) {
  count();
  return FileSystem::stat_at(dir, named(name), ret_status);
}

int HarshFileSystem::lock(int fd, int operation) {
  count();
  return mutant_ == Mutant::no_lock ? 0 : FileSystem::lock(fd, operation);
}

int HarshFileSystem::rename_at(int dir, const char* from, const char* to) {
  count();
  // Between the look and the rename, as long as a busy machine may make it.
  if (mutant_ == Mutant::no_exchange) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return FileSystem::rename_at(dir, named(from), to);
}

int HarshFileSystem::exchange_at(int dir, const char* a, const char* b) {
  count();
  if (mutant_ == Mutant::no_exchange) {
    errno = EINVAL;
    return -1;
  }
  return FileSystem::exchange_at(dir, named(a), b);
}

int HarshFileSystem::unlink_at(int dir, const char* name) {
  count();
  return mutant_ == Mutant::trusting ? 0 : FileSystem::unlink_at(dir, named(name));
}

int HarshFileSystem::change_owner(int fd, uid_t user, gid_t group) {
  count();
  return FileSystem::change_owner(fd, user, group);
}

int HarshFileSystem::change_mode(int fd, mode_t mode) {
  count();
  return FileSystem::change_mode(fd, mode);
}

ssize_t HarshFileSystem::list_attributes(int fd, char* to, std::size_t size) {
  count();
  return FileSystem::list_attributes(fd, to, size);
}

int HarshFileSystem::remove_attribute(int fd, const char* name) {
  count();
  return FileSystem::remove_attribute(fd, name);
}

int HarshFileSystem::probe_writer(int fd) {
  count();
  return FileSystem::probe_writer(fd);
}

std::chrono::steady_clock::time_point HarshFileSystem::now() {
  return FileSystem::now() + slept_;
}

void HarshFileSystem::sleep(std::chrono::microseconds time) {
  if (is_hurrying_) {
    slept_ += time;
  } else {
    FileSystem::sleep(time);
  }
}

}  // namespace stage3::torture
