#include "disk/lock_access.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "disk/attributes.hpp"
#include "disk/failure.hpp"

namespace stage3::disk {
namespace {

constexpr mode_t kPermissions = 0777;

constexpr std::size_t kAclHeader = 4;
constexpr std::size_t kAclEntry = 8;

/// An entry of an ACL as the kernel hands it out, little-endian.
struct AclEntry {
  enum Tag : unsigned { owner = 0x01, user = 0x02, group_owner = 0x04, group = 0x08, mask = 0x10 };

  unsigned tag;
  unsigned permissions;
};

AclEntry entry_at(const std::string& acl, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(acl[at + i]); };
  return {byte(0) | byte(1) * 256U, byte(2)};
}

std::string acl_of(FileSystem& system, int fd) {
  std::array<char, 65536> value{};
  const ssize_t size = system.get_attribute(fd, kAcl, value.data(), value.size());
  if (size < static_cast<ssize_t>(kAclHeader)) return {};
  return {value.data(), static_cast<std::size_t>(size)};
}

/// Who may write gets everything, who may not gets nothing.
std::string writers_only(std::string acl) {
  constexpr unsigned kWrite = 2;
  constexpr char kReadWrite = 6;
  unsigned mask = 7;
  for (std::size_t at = kAclHeader; at + kAclEntry <= acl.size(); at += kAclEntry) {
    if (entry_at(acl, at).tag == AclEntry::mask) mask = entry_at(acl, at).permissions;
  }
  for (std::size_t at = kAclHeader; at + kAclEntry <= acl.size(); at += kAclEntry) {
    const AclEntry entry = entry_at(acl, at);
    const bool is_masked = entry.tag == AclEntry::user || entry.tag == AclEntry::group_owner ||
                           entry.tag == AclEntry::group;
    const unsigned rights = is_masked ? entry.permissions & mask : entry.permissions;
    const bool may =
        entry.tag == AclEntry::owner || entry.tag == AclEntry::mask || (rights & kWrite) != 0;
    acl[at + 2] = may ? kReadWrite : '\0';
  }
  return acl;
}

mode_t writers_only(mode_t mode) {
  mode_t lock = 0600;
  if ((mode & S_IWGRP) != 0) lock |= 0060;
  if ((mode & S_IWOTH) != 0) lock |= 0006;
  return lock;
}

}  // namespace

LockAccess lock_access(const Target& target) {
  FileSystem& system = target.directory.system();
  struct stat status {};
  if (!target.directory.stat(target.name, status) || !S_ISREG(status.st_mode)) {
    return {system.effective_user(), ::getegid(), 0600, {}};
  }
  LockAccess access{status.st_uid, status.st_gid, writers_only(status.st_mode), {}};
  try {
    const UniqueFd file = target.directory.open_regular(target.name);
    if (file) access.acl = acl_of(system, file.get());
  } catch (const Failure&) {
    access.mode = 0600;  // who cannot read it does not know whom else it is for
  }
  if (!access.acl.empty()) {
    access.acl = writers_only(std::move(access.acl));
    access.mode |= 0060;  // the mask
  }
  return access;
}

bool is_open_to_others(FileSystem& system, int fd, const LockAccess& access) {
  const struct stat status = status_of(system, fd);
  const mode_t mode = status.st_mode & kPermissions;
  if ((mode & ~access.mode) != 0) return true;
  if ((mode & kGroupBits) != 0) {
    if (status.st_gid != access.group) return true;
    const std::string acl = acl_of(system, fd);
    if (!acl.empty() && acl != access.acl) return true;
    if (acl.empty() && !access.acl.empty()) return true;  // the group instead of the mask
  }
  const uid_t owner = status.st_uid;
  return access.is_owners_alone() && owner != 0 && owner != access.owner &&
         owner != system.effective_user();
}

bool has_access(FileSystem& system, int fd, const LockAccess& access) {
  const struct stat status = status_of(system, fd);
  if (status.st_uid != access.owner || status.st_gid != access.group) return false;
  const std::string acl = acl_of(system, fd);
  if (!acl.empty() || !access.acl.empty()) return acl == access.acl;
  return (status.st_mode & kPermissions) == access.mode;
}

bool holds_number_at_most(FileSystem& system, int fd) {
  constexpr off_t kMaxNumber = 20;
  if (status_of(system, fd).st_size > kMaxNumber) return false;
  std::array<char, kMaxNumber + 1> text{};
  const ssize_t length = system.read_at(fd, text.data(), text.size(), 0);
  if (length < 0 || length > kMaxNumber) return false;
  std::string_view number(text.data(), static_cast<std::size_t>(length));
  if (!number.empty() && number.back() == '\n') number.remove_suffix(1);
  return number.find_first_not_of("0123456789") == std::string_view::npos;
}

bool may_take_number(FileSystem& system, int fd, const LockAccess& access) {
  const struct stat status = status_of(system, fd);
  const bool is_own = status.st_uid == access.owner || status.st_uid == system.effective_user();
  return S_ISREG(status.st_mode) && status.st_nlink == 1 && is_own &&
         !is_open_to_others(system, fd, access) && holds_number_at_most(system, fd);
}

void set_access(FileSystem& system, int fd, const LockAccess& access) {
  struct stat status = status_of(system, fd);
  if (status.st_uid != access.owner || status.st_gid != access.group) {
    constexpr uid_t kSame = static_cast<uid_t>(-1);
    if (system.change_owner(fd, access.owner, access.group) == -1) {
      system.change_owner(fd, kSame, access.group);
    }
    status = status_of(system, fd);
  }
  const bool has_group = status.st_gid == access.group;
  if (has_group && !access.acl.empty()) {
    if (acl_of(system, fd) == access.acl) return;
    if (system.set_attribute(fd, kAcl, access.acl.data(), access.acl.size()) == 0) return;
  }
  mode_t mode = access.mode;
  if (!has_group || !access.acl.empty()) mode &= ~kGroupBits;
  if ((status.st_mode & kPermissions) != mode) system.change_mode(fd, mode);
}

}  // namespace stage3::disk
