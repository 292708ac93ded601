#include "disk/lock_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

#include "../rounds.hpp"
#include "../state/faulty_file_system.hpp"
#include "../state/support.hpp"
#include "disk/attributes.hpp"
#include "disk/failure.hpp"
#include "disk/lock_access.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// A lock file that is gone whenever it is opened, and there whenever it is made.
class FlickeringFileSystem : public FaultyFileSystem {
 public:
  int open_at(int dir, const char* name, int flags, mode_t mode) override {
    if (std::string(name) != "s.json.lock") {
      return FaultyFileSystem::open_at(dir, name, flags, mode);
    }
    ++attempts;
    errno = (flags & O_CREAT) != 0 ? EEXIST : ENOENT;
    return -1;
  }

  int attempts = 0;
};

/// Processes and locks as the test has them.
class Processes : public FaultyFileSystem {
 public:
  std::optional<std::string> table = "";
  std::string status;
  bool lives = true;

  std::optional<std::string> lock_table() override { return table; }
  std::string process_status(pid_t) override { return status; }
  bool is_alive(pid_t) override { return lives; }
};

/// A state file, and a lock file as an earlier version made it: open to whoever may read the
/// former.
struct Locks {
  TempDir dir;
  std::string path = dir / "s.json";
  std::string lock = dir / "s.json.lock";
  Processes system;

  explicit Locks(mode_t mode = 0644) {
    write_file(path, "{}");
    REQUIRE(chmod(path.c_str(), mode) == 0);
  }

  UniqueFd try_lock() { return disk::try_lock(disk::resolve(system, path), "s.json.lock"); }

  UniqueFd hold_open_lock() const {
    UniqueFd held(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    REQUIRE(fchmod(held.get(), 0644) == 0);
    REQUIRE(flock(held.get(), LOCK_EX) == 0);
    return held;
  }

  /// The line of the kernel's table for whoever holds the lock.
  std::string line(pid_t pid) const {
    const struct stat status = status_of(lock);
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), "1: FLOCK  ADVISORY  WRITE %d %02x:%02x:%llu 0 EOF\n",
                  pid, major(status.st_dev), minor(status.st_dev),
                  static_cast<unsigned long long>(status.st_ino));
    return text.data();
  }
};

std::string ids(uid_t user, gid_t group) {
  const std::string u = "\t" + std::to_string(user);
  const std::string g = "\t" + std::to_string(group);
  return "Name:\tx\nUid:" + u + u + u + u + "\nGid:" + g + g + g + g + "\nGroups:\t7 8\n";
}

mode_t mode_of(const std::string& path) {
  return status_of(path).st_mode & 07777;
}

}  // namespace

TEST_CASE("a lock file that comes and goes is not waited for without end") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  FlickeringFileSystem system;
  const disk::Target target = disk::resolve(system, dir / "s.json");
  std::string told = "none";
  try {
    const disk::SaveLock lock(target);
  } catch (const disk::Failure& failure) {
    told = failure.what();
  }
  CHECK(told == "somebody keeps deleting s.json.lock");
  CHECK(system.attempts < 1000);
}

TEST_CASE("a lock file is open to those who may write the state file, and to nobody else") {
  struct Case {
    mode_t state;
    mode_t lock;
  };
  for (const Case& c : {Case{0644, 0600}, Case{0664, 0660}, Case{0640, 0600}, Case{0600, 0600},
                        Case{0666, 0666}, Case{0444, 0600}}) {
    CAPTURE(c.state);
    Locks setup(c.state);
    CHECK(setup.try_lock());
    CHECK(mode_of(setup.lock) == c.lock);

    // One that is there follows the state file, too.
    for (const mode_t before : {0644U, 0666U, 0600U}) {
      REQUIRE(chmod(setup.lock.c_str(), before) == 0);
      CHECK(setup.try_lock());
      CHECK(mode_of(setup.lock) == c.lock);
    }
    CHECK(setup.dir.listing() == "s.json s.json.lock");
  }
}

TEST_CASE("a lock file that others may have open is another one from now on") {
  Locks setup;
  write_file(setup.lock, "");
  REQUIRE(chmod(setup.lock.c_str(), 0644) == 0);
  const UniqueFd old(open(setup.lock.c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd held = setup.try_lock();
  REQUIRE(held);
  CHECK(flock(old.get(), LOCK_EX | LOCK_NB) == 0);
  CHECK_FALSE(setup.try_lock());  // the new one is locked
}

TEST_CASE("a tight lock file stays the same one") {
  Locks setup;
  CHECK(setup.try_lock());
  const ino_t inode = status_of(setup.lock).st_ino;
  CHECK(setup.try_lock());
  CHECK(status_of(setup.lock).st_ino == inode);
}

TEST_CASE("who holds a lock that was open to all is looked at") {
  constexpr pid_t kHolder = 4711;
  Locks setup;
  const UniqueFd held = setup.hold_open_lock();
  setup.system.table = "1: POSIX  ADVISORY  WRITE 4711 00:01:1 0 EOF\n" + setup.line(kHolder);

  SUBCASE("a stranger holds nobody up") {
    setup.system.status = ids(12345, 12345);
    CHECK(setup.try_lock());
    CHECK(mode_of(setup.lock) == 0600);
  }
  SUBCASE("nor does a child that a process has left the lock to") {
    setup.system.lives = false;
    CHECK(setup.try_lock());
  }
  SUBCASE("the owner's run of an older version is respected") {
    setup.system.status = ids(geteuid(), 12345);
    CHECK_FALSE(setup.try_lock());
  }
  SUBCASE("so is root's") {
    setup.system.status = ids(0, 0);
    CHECK_FALSE(setup.try_lock());
  }
  SUBCASE("and one that has written its number into the file") {
    setup.system.lives = false;
    write_file(setup.lock, "4711\n");
    CHECK_FALSE(setup.try_lock());
  }
  SUBCASE("nobody is a stranger because of what cannot be seen") {
    setup.system.status = "";
    CHECK_FALSE(setup.try_lock());
    setup.system.table = "";
    CHECK_FALSE(setup.try_lock());
    setup.system.table = std::nullopt;
    CHECK_FALSE(setup.try_lock());
  }
  CHECK(setup.dir.listing() == "s.json s.json.lock");
}

TEST_CASE("a member of the group that may write is no stranger") {
  constexpr pid_t kHolder = 4711;
  Locks setup(0664);
  const UniqueFd held = setup.hold_open_lock();
  setup.system.table = setup.line(kHolder);
  setup.system.status = ids(12345, getegid());
  CHECK_FALSE(setup.try_lock());
  setup.system.status = ids(12345, getegid() + 1);
  CHECK(setup.try_lock());
}

TEST_CASE("a lock's holder is named only where it is known") {
  Locks setup;
  const UniqueFd held = setup.hold_open_lock();
  const auto holder = [&] {
    return disk::holder_of(disk::resolve(setup.system, setup.path), "s.json.lock").value_or(0);
  };
  write_file(setup.lock, "77\n");
  CHECK(holder() == 0);  // the kernel knows no holder: whoever 77 is, it is not
  setup.system.table = setup.line(4711);
  CHECK(holder() == 4711);
  setup.system.table = std::nullopt;
  CHECK(holder() == 77);
  setup.system.lives = false;
  CHECK(holder() == 0);
  write_file(setup.lock, "not a number");
  setup.system.lives = true;
  CHECK(holder() == 0);
}

TEST_CASE("two that replace a lock file at once do not both get it") {
  constexpr int kProcesses = 8;
  const int kRounds = std::max(rounds(40), 4);
  Locks setup;
  const std::string inside = setup.dir / "inside";
  for (int round = 0; round < kRounds; ++round) {
    write_file(setup.lock, "");
    REQUIRE(chmod(setup.lock.c_str(), 0644) == 0);
    std::array<pid_t, kProcesses> children{};
    for (pid_t& child : children) {
      child = fork();
      REQUIRE(child >= 0);
      if (child > 0) continue;
      const UniqueFd held = setup.try_lock();
      if (!held) _exit(0);
      // Whoever holds the lock is alone here.
      const int alone = mkdir(inside.c_str(), 0700);
      usleep(200);
      rmdir(inside.c_str());
      _exit(alone == 0 ? 1 : 2);
    }
    int held = 0;
    for (const pid_t child : children) {
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      REQUIRE(WIFEXITED(status));
      CHECK(WEXITSTATUS(status) != 2);
      held += WEXITSTATUS(status);
    }
    CHECK(held >= 1);
    CHECK(mode_of(setup.lock) == 0600);
  }
  CHECK(setup.dir.listing() == "s.json s.json.lock");
}

TEST_CASE("what stands in the way of a new lock file is removed") {
  for (const bool is_link : {true, false}) {
    Locks setup;
    write_file(setup.dir / "victim", "precious");
    write_file(setup.lock, "");
    REQUIRE(chmod(setup.lock.c_str(), 0644) == 0);
    is_link ? std::filesystem::create_symlink(setup.dir / "victim", setup.lock + ".new")
            : std::filesystem::create_hard_link(setup.dir / "victim", setup.lock + ".new");
    CHECK(setup.try_lock());
    CHECK(mode_of(setup.lock) == 0600);
    CHECK(read_file(setup.dir / "victim") == "precious");
    CHECK(setup.dir.listing() == "s.json s.json.lock victim");
  }
}

TEST_CASE("where no new lock file can be made the old one does") {
  class NoCreation : public Processes {
   public:
    int rename_at(int, const char*, const char*) override {
      errno = EPERM;
      return -1;
    }
  };
  Locks setup;
  write_file(setup.lock, "");
  REQUIRE(chmod(setup.lock.c_str(), 0644) == 0);
  NoCreation system;
  CHECK(disk::try_lock(disk::resolve(system, setup.path), "s.json.lock"));
  CHECK(setup.dir.listing() == "s.json s.json.lock");
}

TEST_CASE("where every file is open to all the old one does, and nobody is said to delete it") {
  /// As ntfs-3g or exfat: what mode a file is made with, or given, makes no difference.
  class NoModes : public Processes {
   public:
    int stat(int fd, struct stat* ret) override {
      const int result = Processes::stat(fd, ret);
      ret->st_mode |= 0777;
      return result;
    }
  };
  for (const bool is_there : {false, true}) {
    Locks setup;
    NoModes system;
    const disk::Target target = disk::resolve(system, setup.path);
    if (is_there) write_file(setup.lock, "");
    const UniqueFd held = disk::try_lock(target, "s.json.lock");
    CHECK(held);
    CHECK_FALSE(disk::try_lock(target, "s.json.lock"));
    CHECK(setup.dir.listing() == "s.json s.json.lock");
  }
}

TEST_CASE("whom an ACL lets write may lock, whom it lets read may not") {
  const auto acl = [](char user, char other_user, char group, char mask) {
    std::string text("\x02\0\0\0", 4);
    const auto add = [&](char tag, char permissions, std::uint32_t id) {
      text += std::string({tag, '\0', permissions, '\0'});
      for (int shift = 0; shift < 32; shift += 8)
        text += static_cast<char>(id >> shift & 0xFF);
    };
    add(0x01, 6, ~0U);
    add(0x02, user, 4711);
    add(0x02, other_user, 4712);
    add(0x04, group, ~0U);
    add(0x10, mask, ~0U);
    add(0x20, 0, ~0U);
    return text;
  };
  TempDir dir(TempDir::Where::on_disk);
  write_file(dir / "s.json", "{}");
  const std::string of_state = acl(6, 4, 4, 6);
  if (setxattr((dir / "s.json").c_str(), disk::kAcl, of_state.data(), of_state.size(), 0) != 0) {
    MESSAGE("SKIPPED: no ACLs on this file system");
    return;
  }
  Processes system;
  const std::string lock = dir / "s.json.lock";
  const auto acl_of_lock = [&] {
    std::array<char, 256> value{};
    const ssize_t size = getxattr(lock.c_str(), disk::kAcl, value.data(), value.size());
    return size < 0 ? "none" : std::string(value.data(), static_cast<std::size_t>(size));
  };
  for (int i = 0; i < 2; ++i) {
    CHECK(disk::try_lock(disk::resolve(system, dir / "s.json"), "s.json.lock"));
    CHECK(acl_of_lock() == acl(6, 0, 0, 6));
  }
  // One that others may open, by an ACL of its own.
  const std::string open_to_all = acl(6, 6, 6, 6);
  REQUIRE(setxattr(lock.c_str(), disk::kAcl, open_to_all.data(), open_to_all.size(), 0) == 0);
  const ino_t before = status_of(lock).st_ino;
  CHECK(disk::try_lock(disk::resolve(system, dir / "s.json"), "s.json.lock"));
  CHECK(acl_of_lock() == acl(6, 0, 0, 6));
  CHECK(status_of(lock).st_ino != before);

  // A mask that lets nobody write.
  const std::string masked = acl(6, 4, 4, 4);
  REQUIRE(setxattr((dir / "s.json").c_str(), disk::kAcl, masked.data(), masked.size(), 0) == 0);
  CHECK(disk::try_lock(disk::resolve(system, dir / "s.json"), "s.json.lock"));
  CHECK(acl_of_lock() == acl(0, 0, 0, 6));
}

TEST_CASE("root's lock on a user's file is the user's" * doctest::skip(geteuid() != 0)) {
  Locks setup;
  REQUIRE(chown(setup.path.c_str(), 12345, 54321) == 0);
  write_file(setup.lock, "");
  REQUIRE(chmod(setup.lock.c_str(), 0600) == 0);
  CHECK(setup.try_lock());
  CHECK(status_of(setup.lock).st_uid == 12345);
  CHECK(status_of(setup.lock).st_gid == 54321);
}

TEST_CASE("a stranger who has locked what was open to all holds up nobody" *
          doctest::skip(geteuid() != 0)) {
  TempDir dir;
  REQUIRE(chmod(dir.path().c_str(), 0755) == 0);
  write_file(dir / "s.json", "{}");
  const std::string lock = dir / "s.json.lock";
  write_file(lock, "");
  REQUIRE(chmod(lock.c_str(), 0644) == 0);
  std::array<int, 2> ready{};
  REQUIRE(pipe(ready.data()) == 0);
  const pid_t stranger = fork();
  if (stranger == 0) {
    const int fd = setuid(65534) == 0 ? open(lock.c_str(), O_RDONLY | O_CLOEXEC) : -1;
    const char word = fd >= 0 && flock(fd, LOCK_EX) == 0 ? 'y' : 'n';
    if (write(ready[1], &word, 1) == 1) pause();
    _exit(1);
  }
  char word = 0;
  REQUIRE(read(ready[0], &word, 1) == 1);
  REQUIRE(word == 'y');
  const disk::Target target = disk::resolve(disk::real_file_system(), dir / "s.json");
  CHECK(disk::try_lock(target, "s.json.lock"));
  CHECK(mode_of(lock) == 0600);
  kill(stranger, SIGKILL);
  waitpid(stranger, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("root neither gives away nor changes a file that was moved to a lock's name" *
          doctest::skip(geteuid() != 0)) {
  const std::vector<std::string> names{".lock", ".run.lock", ".lock.new", ".run.lock.new"};
  for (const std::string& suffix : names) {
    for (const std::string& content : {std::string("root:secret\n"), std::string(100, '1')}) {
      CAPTURE(suffix);
      Locks setup;
      REQUIRE(chown(setup.path.c_str(), 12345, 54321) == 0);
      const std::string victim = setup.path + suffix;
      write_file(victim, content);
      REQUIRE(chmod(victim.c_str(), 0600) == 0);
      const std::string lock = suffix.substr(0, suffix.rfind(".lock") + 5);
      if (victim != setup.path + lock) {
        write_file(setup.path + lock, "");
        REQUIRE(chmod((setup.path + lock).c_str(), 0644) == 0);
      }
      std::string told = "none";
      try {
        disk::try_lock(disk::resolve(setup.system, setup.path), "s.json" + lock);
      } catch (const disk::Failure& failure) {
        told = failure.what();
      }
      CHECK(told == "s.json" + suffix + " is no lock file: move it away");
      CHECK(read_file(victim) == content);
      CHECK(status_of(victim).st_uid == 0);
      CHECK(status_of(victim).st_gid == 0);
      CHECK(mode_of(victim) == 0600);
    }
  }
}

TEST_CASE("root's own empty file at a lock's name is replaced, not given away" *
          doctest::skip(geteuid() != 0)) {
  Locks setup;
  REQUIRE(chown(setup.path.c_str(), 12345, 54321) == 0);
  for (const std::string& name : {setup.lock, setup.lock + ".new"}) {
    write_file(setup.lock, "");
    REQUIRE(chmod(setup.lock.c_str(), 0644) == 0);
    write_file(name, "");
    REQUIRE(chmod(name.c_str(), 0600) == 0);
    REQUIRE(chown(name.c_str(), 0, 0) == 0);
    const UniqueFd old(open(name.c_str(), O_RDONLY | O_CLOEXEC));
    CHECK(setup.try_lock());
    struct stat status {};
    REQUIRE(fstat(old.get(), &status) == 0);
    CHECK(status.st_uid == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(status_of(setup.lock).st_uid == 12345);
  }
}
