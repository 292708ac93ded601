#include "disk/attributes.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include "disk/failure.hpp"
#include "disk/file_io.hpp"

namespace stage3::disk {
namespace {

constexpr mode_t kModeBits = 07777;
constexpr std::size_t kMaxAttributeBytes = 65536;  // the kernel's bound, of names and of a value

/// The process may not, or the file system cannot.
bool is_refused(int error_number) {
  return error_number == EPERM || error_number == EACCES || is_unsupported(error_number);
}

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%o", static_cast<unsigned>(mode));
  return text.data();
}

std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

class AttributeCopy {
 public:
  AttributeCopy(FileSystem& system, int from, const struct stat& status, int to,
                std::vector<std::string>& notices)
      : system_(system), from_(from), status_(status), to_(to), notices_(notices) {}

  /// False: the mode is not what it should be.
  bool run() {
    keep_owner();
    const std::vector<std::string> names = attribute_names();
    drop_inherited_acl();
    mode_t mode = status_.st_mode & kModeBits;
    if (!group_kept_) mode &= ~kGroupBits;
    set_mode(mode);
    for (const std::string& name : names) {
      // Where an ACL is, the group bits of the mode are its mask, not the group's rights.
      if (!keep_attribute(name) && name == kAcl) set_mode(mode & ~kGroupBits);
    }
    return mode_set_;
  }

 private:
  /// Some file systems refuse even what would change nothing.
  void keep_owner() {
    const struct stat made = status_of(system_, to_);
    if (made.st_uid == status_.st_uid && made.st_gid == status_.st_gid) return;
    if (system_.change_owner(to_, status_.st_uid, status_.st_gid) == 0) return;
    if (!is_refused(errno)) throw Failure("change the owner", errno);
    if (status_.st_uid != made.st_uid) {
      notices_.push_back("owner " + std::to_string(status_.st_uid) + " not kept: " + reason(errno));
    }
    if (made.st_gid == status_.st_gid) return;
    constexpr uid_t kSame = static_cast<uid_t>(-1);
    if (system_.change_owner(to_, kSame, status_.st_gid) == 0) return;
    if (!is_refused(errno)) throw Failure("change the group", errno);
    notices_.push_back("group " + std::to_string(status_.st_gid) + " not kept, it is " +
                       std::to_string(made.st_gid) + " without rights: " + reason(errno) +
                       "; chgrp the file to a group of the account that saves it");
    group_kept_ = false;
  }

  void set_mode(mode_t mode) {
    const mode_t made = status_of(system_, to_).st_mode & kModeBits;
    if (made == mode || system_.change_mode(to_, mode) == 0) return;
    const bool lets_more_in = (made & ~mode) != 0;
    if (!is_refused(errno) || lets_more_in) throw Failure("change the mode", errno);
    notices_.push_back("mode " + octal(mode) + " not kept, it is " + octal(made) + ": " +
                       reason(errno));
    mode_set_ = false;
  }

  std::vector<std::string> attribute_names() {
    std::string list(kMaxAttributeBytes, '\0');
    const ssize_t size = system_.list_attributes(from_, list.data(), list.size());
    if (size < 0) {
      if (is_unsupported(errno)) return {};
      throw Failure("list the extended attributes", errno);
    }
    std::vector<std::string> names;
    const char* const end = list.data() + size;
    for (const char* name = list.data(); name < end; name += std::strlen(name) + 1)
      names.emplace_back(name);
    return names;
  }

  /// A directory's default ACL was put on the new file, whatever the old one has.
  void drop_inherited_acl() {
    if (system_.remove_attribute(to_, kAcl) == 0) return;
    if (errno != ENODATA && !is_refused(errno)) throw Failure("remove the ACL", errno);
  }

  std::optional<std::string> value_of(int fd, const std::string& name) {
    std::string value(kMaxAttributeBytes, '\0');
    const ssize_t size = system_.get_attribute(fd, name.c_str(), value.data(), value.size());
    if (size < 0) return std::nullopt;
    value.resize(static_cast<std::size_t>(size));
    return value;
  }

  bool keep_attribute(const std::string& name) {
    if (name == kAcl && !group_kept_) return not_kept(name, EPERM);
    const std::optional<std::string> value = value_of(from_, name);
    if (!value) return not_kept(name, errno);
    // Some, like a security label, are there by themselves and may not be set.
    if (value_of(to_, name) == value) return true;
    if (system_.set_attribute(to_, name.c_str(), value->data(), value->size()) == 0) return true;
    return not_kept(name, errno);
  }

  bool not_kept(const std::string& name, int error_number) {
    if (!is_refused(error_number)) throw Failure("keep attribute " + name, error_number);
    notices_.push_back("attribute " + name + " not kept: " + reason(error_number));
    return false;
  }

  FileSystem& system_;
  int from_;
  const struct stat& status_;
  int to_;
  std::vector<std::string>& notices_;
  bool group_kept_ = true;
  bool mode_set_ = true;
};

}  // namespace

bool copy_attributes(FileSystem& system, int from, const struct stat& status, int to,
                     std::vector<std::string>& notices) {
  return AttributeCopy(system, from, status, to, notices).run();
}

mode_t mode_for_new(FileSystem& system, int from, const struct stat& status) {
  const bool has_acl = system.get_attribute(from, kAcl, nullptr, 0) > 0;
  mode_t mode = status.st_mode & 0777;
  // Where an ACL is, the group bits are its mask.
  if (has_acl || status.st_gid != ::getegid()) mode &= ~kGroupBits;
  return mode;
}

}  // namespace stage3::disk
