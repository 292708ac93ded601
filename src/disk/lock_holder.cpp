#include "disk/lock_holder.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <vector>

#include "disk/file_io.hpp"

namespace stage3::disk {
namespace {

/// The number that the holder of a run lock writes into it; none: not written.
std::optional<pid_t> written_holder(FileSystem& system, int fd) {
  std::array<char, 32> text{};
  const ssize_t length = system.read_at(fd, text.data(), text.size() - 1, 0);
  if (length <= 0) return std::nullopt;
  pid_t pid = 0;
  std::istringstream(text.data()) >> pid;
  return pid > 0 ? std::optional<pid_t>(pid) : std::nullopt;
}

/// Those who hold the lock by the kernel's table. The device that stat() gives is not always the
/// one that stands there (btrfs): then the number in the file must be the same.
std::vector<pid_t> holders_in_table(const std::string& table, const struct stat& file,
                                    std::optional<pid_t> written) {
  std::vector<pid_t> pids;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    long pid = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    unsigned long long inode = 0;
    if (std::sscanf(line.c_str(), "%*d: FLOCK %*s %*s %ld %x:%x:%llu", &pid, &device_major,
                    &device_minor, &inode) != 4) {
      continue;
    }
    const bool is_device = device_major == major(file.st_dev) && device_minor == minor(file.st_dev);
    if (inode == file.st_ino && pid > 0 && (is_device || written == static_cast<pid_t>(pid))) {
      pids.push_back(static_cast<pid_t>(pid));
    }
  }
  return pids;
}

/// The numbers of a line of /proc/<pid>/status: `Uid:\t0\t0\t0\t0`.
std::vector<unsigned> numbers_of(const std::string& status, const std::string& field) {
  std::vector<unsigned> numbers;
  const std::size_t at = status.find("\n" + field + ":");
  if (at == std::string::npos) return numbers;
  const std::size_t begin = at + field.size() + 2;
  std::istringstream line(status.substr(begin, status.find('\n', begin) - begin));
  for (unsigned number = 0; line >> number;)
    numbers.push_back(number);
  return numbers;
}

bool contains(const std::vector<unsigned>& numbers, unsigned wanted) {
  return std::find(numbers.begin(), numbers.end(), wanted) != numbers.end();
}

/// In doubt: yes.
bool may_write(const std::string& process, uid_t self, const LockAccess& access) {
  if ((access.mode & 0006) != 0 || !access.acl.empty()) return true;
  const std::vector<unsigned> users = numbers_of(process, "Uid");
  if (contains(users, 0) || contains(users, self) || contains(users, access.owner)) return true;
  if (access.is_owners_alone()) return false;
  return contains(numbers_of(process, "Gid"), access.group) ||
         contains(numbers_of(process, "Groups"), access.group);
}

bool is_stranger(FileSystem& system, pid_t pid, const LockAccess& access) {
  const std::string process = system.process_status(pid);
  // A process that has ended has left the lock to a child of its own.
  if (process.empty()) return !system.is_alive(pid);
  return !may_write(process, system.effective_user(), access);
}

}  // namespace

std::optional<pid_t> lock_holder(FileSystem& system, int fd) {
  const std::optional<pid_t> written = written_holder(system, fd);
  if (const auto table = system.lock_table()) {
    const auto holders = holders_in_table(*table, status_of(system, fd), written);
    return holders.empty() ? std::nullopt : std::optional<pid_t>(holders.front());
  }
  return written && system.is_alive(*written) ? written : std::nullopt;
}

bool is_held_by_strangers(FileSystem& system, int fd, const LockAccess& access) {
  const auto table = system.lock_table();
  if (!table) return false;
  const std::optional<pid_t> written = written_holder(system, fd);
  const auto holders = holders_in_table(*table, status_of(system, fd), written);
  const pid_t known = written.value_or(0);
  return !holders.empty() && std::all_of(holders.begin(), holders.end(), [&](pid_t pid) {
    return pid != known && is_stranger(system, pid, access);
  });
}

}  // namespace stage3::disk
