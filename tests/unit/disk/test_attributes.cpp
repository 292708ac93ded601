#include "disk/attributes.hpp"

#include <doctest/doctest.h>
#include <sys/xattr.h>

#include <array>
#include <optional>

#include "../state/faulty_file_system.hpp"
#include "../state/support.hpp"
#include "base/unique_fd.hpp"
#include "disk/failure.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// owner rw-, user 12345 rw-, group r--, mask rw-, others ---: mode 0660 to the naked eye.
const std::string kAclValue(
    "\x02\x00\x00\x00"
    "\x01\x00\x06\x00\xff\xff\xff\xff"
    "\x02\x00\x06\x00\x39\x30\x00\x00"
    "\x04\x00\x04\x00\xff\xff\xff\xff"
    "\x10\x00\x06\x00\xff\xff\xff\xff"
    "\x20\x00\x00\x00\xff\xff\xff\xff",
    44);

struct TwoFiles {
  TempDir dir{TempDir::Where::on_disk};
  std::string from = dir / "from";
  std::string to = dir / "to";
  FaultyFileSystem system;
  std::vector<std::string> notices;
  // Instead of those that `from` has.
  std::optional<uid_t> owner;
  std::optional<gid_t> group;

  TwoFiles() {
    write_file(from, "x");
    REQUIRE(chmod(from.c_str(), 0644) == 0);
  }

  void copy() {
    const UniqueFd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
    const UniqueFd copy(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    REQUIRE(copy);
    notices.clear();
    struct stat status = status_of(from);
    if (owner) status.st_uid = *owner;
    if (group) status.st_gid = *group;
    disk::copy_attributes(system, source.get(), status, copy.get(), notices);
  }

  /// The mode that a new version of `from` is made with where none can be set later.
  mode_t mode_for_new() {
    const UniqueFd source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status = status_of(from);
    if (group) status.st_gid = *group;
    return disk::mode_for_new(system, source.get(), status);
  }

  mode_t mode() const { return status_of(to).st_mode & 07777; }
};

std::string attribute(const std::string& path, const char* name) {
  std::array<char, 256> value{};
  const ssize_t size = getxattr(path.c_str(), name, value.data(), value.size());
  return size < 0 ? "none" : std::string(value.data(), static_cast<std::size_t>(size));
}

bool has_acls() {
  const TempDir dir(TempDir::Where::on_disk);
  write_file(dir / "x", "");
  return setxattr((dir / "x").c_str(), disk::kAcl, kAclValue.data(), kAclValue.size(), 0) == 0;
}

}  // namespace

TEST_CASE("the mode is kept, whatever it is") {
  for (const mode_t mode : {0600U, 0644U, 0666U, 0400U}) {
    TwoFiles setup;
    REQUIRE(chmod(setup.from.c_str(), mode) == 0);
    setup.copy();
    CHECK(setup.mode() == mode);
    CHECK(setup.notices.empty());
  }
}

TEST_CASE("extended attributes are kept") {
  TwoFiles setup;
  if (setxattr(setup.from.c_str(), "user.note", "hello", 5, 0) != 0) {
    MESSAGE("SKIPPED: no user attributes on this file system");
    return;
  }
  setup.copy();
  CHECK(attribute(setup.to, "user.note") == "hello");
  CHECK(setup.notices.empty());
}

TEST_CASE("the owner is kept" * doctest::skip(geteuid() != 0)) {
  TwoFiles setup;
  REQUIRE(chown(setup.from.c_str(), 12345, 54321) == 0);
  setup.copy();
  CHECK(status_of(setup.to).st_uid == 12345);
  CHECK(status_of(setup.to).st_gid == 54321);
  CHECK(setup.notices.empty());
}

TEST_CASE("the ACL is kept" * doctest::skip(!has_acls())) {
  TwoFiles setup;
  REQUIRE(setxattr(setup.from.c_str(), disk::kAcl, kAclValue.data(), kAclValue.size(), 0) == 0);
  setup.copy();
  CHECK(attribute(setup.to, disk::kAcl) == kAclValue);
  CHECK(setup.mode() == 0660);
}

TEST_CASE("an ACL that cannot be kept does not become rights of the group" *
          doctest::skip(!has_acls())) {
  class NoAcl : public disk::FileSystem {
   public:
    int set_attribute(int, const char*, const void*, std::size_t) override {
      errno = EPERM;
      return -1;
    }
  };
  TwoFiles setup;
  REQUIRE(setxattr(setup.from.c_str(), disk::kAcl, kAclValue.data(), kAclValue.size(), 0) == 0);
  const UniqueFd source(open(setup.from.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd copy(open(setup.to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  NoAcl system;
  disk::copy_attributes(system, source.get(), status_of(setup.from), copy.get(), setup.notices);
  CHECK(setup.mode() == 0600);
  CHECK(setup.notices == std::vector<std::string>{"attribute system.posix_acl_access not kept: "
                                                  "Operation not permitted"});
}

TEST_CASE("a directory's default ACL does not open the new file to anybody" *
          doctest::skip(!has_acls())) {
  TwoFiles setup;
  REQUIRE(setxattr(setup.dir.path().c_str(), "system.posix_acl_default", kAclValue.data(),
                   kAclValue.size(), 0) == 0);
  setup.copy();
  CHECK(attribute(setup.to, disk::kAcl) == "none");
  CHECK(setup.mode() == 0644);
}

TEST_CASE("an owner or group that cannot be kept is told, and the group gets nothing") {
  TwoFiles setup;
  setup.owner = geteuid() + 1;
  setup.system.refused["fchown"] = EPERM;
  setup.copy();
  CHECK(setup.notices == std::vector<std::string>{"owner " + std::to_string(geteuid() + 1) +
                                                  " not kept: Operation not permitted"});
  CHECK(setup.mode() == 0644);

  TwoFiles worse;
  worse.owner = geteuid() + 1;
  worse.group = getegid() + 1;
  worse.system.refused["fchown"] = EPERM;
  worse.copy();
  CHECK(worse.notices.size() == 2);
  CHECK(worse.mode() == 0604);
}

TEST_CASE("of one's own file only the group can be lost") {
  TwoFiles setup;
  setup.group = getegid() + 1;
  setup.system.refused["fchown"] = EPERM;
  setup.copy();
  CHECK(setup.notices ==
        std::vector<std::string>{"group " + std::to_string(getegid() + 1) + " not kept, it is " +
                                 std::to_string(getegid()) +
                                 " without rights: Operation not permitted; chgrp the file to a "
                                 "group of the account that saves it"});
  CHECK(setup.mode() == 0604);
}

TEST_CASE("what is right already is not set: some file systems refuse even that") {
  TwoFiles setup;
  REQUIRE(chmod(setup.from.c_str(), 0600) == 0);
  for (const char* call : {"fchown", "fchmod"})
    setup.system.refused[call] = EPERM;
  setup.copy();
  CHECK(setup.notices.empty());
  CHECK(setup.mode() == 0600);
}

TEST_CASE("a mode that cannot be set is told, unless it lets somebody in") {
  TwoFiles setup;
  setup.system.refused["fchmod"] = EPERM;
  setup.copy();
  CHECK(setup.notices ==
        std::vector<std::string>{"mode 644 not kept, it is 600: Operation not permitted"});
  CHECK(setup.mode() == 0600);

  TwoFiles tighter;
  REQUIRE(chmod(tighter.from.c_str(), 0400) == 0);
  tighter.system.refused["fchmod"] = EPERM;
  CHECK_THROWS_WITH_AS(tighter.copy(), "change the mode: Operation not permitted", disk::Failure);
}

TEST_CASE("what is made with its mode lets no wrong group in") {
  TwoFiles setup;
  REQUIRE(chmod(setup.from.c_str(), 0664) == 0);
  CHECK(setup.mode_for_new() == 0664);
  setup.group = getegid() + 1;
  CHECK(setup.mode_for_new() == 0604);
}

TEST_CASE("nor a group that an ACL gives less" * doctest::skip(!has_acls())) {
  TwoFiles setup;
  REQUIRE(setxattr(setup.from.c_str(), disk::kAcl, kAclValue.data(), kAclValue.size(), 0) == 0);
  CHECK(setup.mode_for_new() == 0600);
}

TEST_CASE("an error of the disk is not taken for a missing permission") {
  TwoFiles setup;
  setup.owner = geteuid() + 1;
  setup.system.refused["fchown"] = EIO;
  CHECK_THROWS_WITH_AS(setup.copy(), "change the owner: Input/output error", disk::Failure);
}
