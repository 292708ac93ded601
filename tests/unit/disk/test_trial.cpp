#include "disk/trial.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "../state/faulty_file_system.hpp"
#include "../state/support.hpp"
#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "state/growth.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kText = R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})";

/// A run in small: a trial, then two saves.
struct Run {
  TempDir dir;
  std::string path = dir / "s.json";
  FaultyFileSystem system;
  state::Contents contents;
  state::Saver saver{disk::resolve(system, path)};
  std::vector<DeviceResult> results{offline_result(kKey)};

  explicit Run(const std::string& text = kText) : contents(parsed(text)) { write_file(path, text); }

  std::string trial_failure() {
    try {
      saver.check_writable(contents.document, contents.devices);
    } catch (const disk::Failure& error) {
      return error.what();
    }
    return "none";
  }

  SaveReport save() { return saver.save(contents.document, Records(contents, results).recorded()); }
};

/// For a trial with kText.
std::size_t size_needed() {
  const state::Contents contents = parsed(kText);
  return state::size_with_results(contents.document, contents.devices);
}

/// As a file system that knows nothing beyond names and bytes.
const std::vector<std::pair<std::string, int>> kNotNeeded{
    {"fchown", EPERM},        {"fchown", EINVAL},        {"fchown", EOPNOTSUPP},
    {"fchown", ENOSYS},       {"exchange", EINVAL},      {"exchange", ENOSYS},
    {"exchange", EOPNOTSUPP}, {"exchange", EPERM},       {"dirsync", EINVAL},
    {"dirsync", EOPNOTSUPP},  {"dirsync", ENOSYS},       {"flistxattr", EOPNOTSUPP},
    {"flistxattr", ENOSYS},   {"fremovexattr", EPERM},   {"fremovexattr", EOPNOTSUPP},
    {"fremovexattr", ENOSYS}, {"fsetxattr", EOPNOTSUPP}, {"fallocate", EOPNOTSUPP},
    {"fallocate", ENOSYS},    {"lease", EINVAL},         {"lease", EACCES},
    {"statx", ENOSYS}};

}  // namespace

TEST_CASE("a trial leaves nothing behind but the lock") {
  Run run;
  const struct stat before = status_of(run.path);
  CHECK(run.trial_failure() == "none");
  CHECK(run.dir.listing() == "s.json s.json.lock");
  CHECK(status_of(run.path).st_ino == before.st_ino);
  CHECK(read_file(run.path) == kText);
}

TEST_CASE("a trial removes what one that was killed has left") {
  Run run;
  write_file(run.path + ".stage3-try", "x");
  write_file(run.path + ".stage3-try2", "x");
  CHECK(run.trial_failure() == "none");
  CHECK(run.dir.listing() == "s.json s.json.lock");
}

TEST_CASE("a trial goes the whole way of a save") {
  Run run;
  CHECK(run.trial_failure() == "none");
  CHECK(run.system.log == "write fsync exchange write rename fsync");
}

TEST_CASE("what a save can do without is no obstacle, and the trial knows") {
  for (const auto& row : kNotNeeded) {
    const auto& [call, error] = row;
    CAPTURE(row.first);
    CAPTURE(row.second);
    Run run;
    run.system.refused[call] = error;
    CHECK(run.trial_failure() == "none");
    const SaveReport report = run.save();
    CHECK(report.written);
    CHECK(read_file(run.path) == merged(kText, run.results));
    CHECK(read_file(run.path + ".bak") == kText);
    CHECK(run.dir.listing() == "s.json s.json.bak s.json.lock");

    const bool is_told = call == "exchange" || call == "dirsync";
    CHECK(report.notices.size() == (is_told ? 1 : 0));
    run.results[0].finished_at += 60;
    const SaveReport again = run.save();
    CHECK(again.written);
    CHECK(again.notices.empty());
    CHECK(read_file(run.path + ".bak") == kText);
  }
}

TEST_CASE("after the trial no exchange is tried that cannot be made") {
  Run run;
  run.system.refused["exchange"] = EINVAL;
  CHECK(run.trial_failure() == "none");
  run.system.log.clear();
  CHECK(run.save().written);
  CHECK(run.system.log == "write fsync write fsync rename rename fsync");
}

TEST_CASE("what a save cannot do without is found before the run") {
  struct Case {
    std::string call;
    int error;
    std::string told;
  };
  const std::string needed = std::to_string(size_needed());
  const std::vector<Case> cases{
      {"fallocate", ENOSPC,
       "no room for the " + needed + " bytes of s.json.stage3-try: No space left on device"},
      {"fallocate", EDQUOT,
       "no room for the " + needed + " bytes of s.json.stage3-try: Disk quota exceeded"},
      {"fallocate", EFBIG,
       "no room for the " + needed + " bytes of s.json.stage3-try: File too large"},
      {"write", ENOSPC, "write s.json.stage3-try: No space left on device"},
      {"write", EIO, "write s.json.stage3-try: Input/output error"},
      {"fsync", EIO, "fsync of s.json.stage3-try: Input/output error"},
      {"fsync", EINVAL, "fsync of s.json.stage3-try: Invalid argument"},
      {"dirsync", EIO, "fsync of the directory: Input/output error"},
      {"exchange", EIO, "exchange two names: Input/output error"},
      {"rename", EPERM, "rename s.json.stage3-try to s.json.stage3-try2: Operation not permitted"},
      {"unlink", EPERM, "remove s.json.stage3-try: Operation not permitted"},
      {"access", EROFS, "s.json: Read-only file system"},
      {"flistxattr", EIO, "list the extended attributes: Input/output error"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.call);
    Run run;
    run.system.refused[c.call] = c.error;
    CHECK(run.trial_failure() == c.told);
    CHECK(read_file(run.path) == kText);
  }
}

TEST_CASE("where no mode can be set a file is made with the one that it needs") {
  struct Case {
    mode_t mode;
    mode_t umask;
    mode_t saved;
    std::string told;
  };
  const std::vector<Case> cases{
      {0644, 022, 0644, ""},
      {0640, 022, 0640, ""},
      {0664, 022, 0644, "mode 664 not kept, it is 644: Operation not permitted"},
      {0644, 077, 0600, "mode 644 not kept, it is 600: Operation not permitted"},
  };
  for (const Case& c : cases) {
    for (const bool is_tried : {true, false}) {
      CAPTURE(c.mode);
      CAPTURE(is_tried);
      Run run;
      REQUIRE(chmod(run.path.c_str(), c.mode) == 0);
      run.system.refused["fchmod"] = EPERM;
      run.system.can_exchange = false;
      const mode_t before = umask(c.umask);
      if (is_tried) CHECK(run.trial_failure() == "none");
      const SaveReport report = run.save();
      umask(before);
      CHECK(report.written);
      CHECK((status_of(run.path).st_mode & 07777) == c.saved);
      CHECK((status_of(run.path + ".bak").st_mode & 07777) == c.saved);
      CHECK(report.notices.front() == (c.told.empty() ? report.notices.back() : c.told));
      CHECK(report.notices.size() == (c.told.empty() ? 1 : 3));  // the last one is of the exchange
    }
  }
}

TEST_CASE("an error of the disk while setting the mode is none that a save can do without") {
  Run run;
  REQUIRE(chmod(run.path.c_str(), 0644) == 0);
  run.system.refused["fchmod"] = EIO;
  CHECK(run.trial_failure() == "change the mode: Input/output error");
}

TEST_CASE("a mode that is right already need not be set") {
  Run run;
  REQUIRE(chmod(run.path.c_str(), 0600) == 0);
  run.system.refused["fchmod"] = EPERM;
  CHECK(run.trial_failure() == "none");
  CHECK(run.save().written);
}

TEST_CASE("where room cannot be reserved the trial takes it by writing") {
  Run run;
  run.system.refused["fallocate"] = EOPNOTSUPP;
  std::size_t written = 0;
  class Counting : public FaultyFileSystem {
   public:
    explicit Counting(std::size_t& written) : written_(written) {}
    int allocate(int, off_t) override {
      errno = EOPNOTSUPP;
      return -1;
    }
    ssize_t write(int fd, const void* from, std::size_t size) override {
      written_ += size;
      return FaultyFileSystem::write(fd, from, size);
    }

   private:
    std::size_t& written_;
  } system(written);
  state::Saver saver(disk::resolve(system, run.path));
  saver.check_writable(run.contents.document, run.contents.devices);
  CHECK(written >= kText.size() + 512);
}

TEST_CASE("room that is promised and not there is found by writing") {
  /// As clouds, compressing and thin disks: fallocate succeeds, writing does not.
  class EmptyPromise : public FaultyFileSystem {
   public:
    explicit EmptyPromise(std::size_t room) : room_(room) {}
    int allocate(int, off_t) override { return 0; }
    ssize_t write(int fd, const void* from, std::size_t size) override {
      errno = ENOSPC;
      if (room_ == 0) return -1;
      const ssize_t written = FaultyFileSystem::write(fd, from, std::min(size, room_));
      room_ -= static_cast<std::size_t>(written);
      return written;
    }

   private:
    std::size_t room_;
  };
  const std::string text =
      R"({"A8032ABE54DC":{"pad":")" + std::string(9000, 'x') + R"(","ip":"1.2.3.4"}})";
  for (const std::size_t room : {std::size_t{5000}, text.size(), text.size() + 100}) {
    CAPTURE(room);
    Run run(text);
    EmptyPromise system(room);
    state::Saver saver(disk::resolve(system, run.path));
    CHECK_THROWS_WITH_AS(saver.check_writable(run.contents.document, run.contents.devices),
                         "write s.json.stage3-try: No space left on device", disk::Failure);
  }
}

TEST_CASE("there must be room for a backup as well, unless one is exchanged for an older one") {
  class SecondIsTooMuch : public FaultyFileSystem {
   public:
    int allocate(int fd, off_t size) override {
      errno = ENOSPC;
      return ++files_ == 2 ? -1 : FileSystem::allocate(fd, size);
    }

   private:
    int files_ = 0;
  };
  for (const auto& row : {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
    const auto& [can_exchange, has_backup] = row;
    CAPTURE(row.first);
    CAPTURE(row.second);
    Run run;
    if (has_backup) write_file(run.path + ".bak", std::string(size_needed(), ' '));
    SecondIsTooMuch system;
    system.can_exchange = can_exchange;
    state::Saver saver(disk::resolve(system, run.path));
    if (can_exchange && has_backup) {
      saver.check_writable(run.contents.document, run.contents.devices);
    } else {
      CHECK_THROWS_AS(saver.check_writable(run.contents.document, run.contents.devices),
                      disk::Failure);
    }
  }
}

TEST_CASE("a limit on file sizes is looked at, not run into") {
  const std::size_t needed = size_needed();
  Run run;
  run.system.file_size_limit = 0;
  CHECK(run.trial_failure() ==
        "File too large: " + std::to_string(needed) +
            " bytes are needed, the limit on file sizes is 0; raise it (ulimit -f)");
  CHECK_THROWS_AS(run.save(), disk::Failure);
  CHECK(run.dir.listing() == "s.json s.json.lock");
  run.system.file_size_limit = needed - 1;
  CHECK(run.trial_failure() != "none");
  run.system.file_size_limit = needed;
  CHECK(run.trial_failure() == "none");
  CHECK(run.save().written);
}

TEST_CASE("what a trial beside the file does not find is asked for") {
  struct Case {
    std::string name;
    disk::Peculiarities found;
    std::string told;
  };
  const std::vector<Case> cases{
      {"s.json",
       {true, false, false},
       "it is mounted by itself and cannot be replaced: mount its directory instead"},
      {"s.json", {false, true, false}, "it is append-only: chattr -a takes that away"},
      {"s.json", {false, false, true}, "it is immutable: chattr -i takes that away"},
      {"", {false, true, false}, "its directory is append-only: chattr -a takes that away"},
      {"", {false, false, true}, "its directory is immutable: chattr -i takes that away"},
      {"s.json.bak", {false, false, true}, "s.json.bak is immutable: chattr -i takes that away"},
      {"s.json.bak",
       {true, false, false},
       "s.json.bak is mounted by itself and cannot be replaced: mount its directory instead"},
  };
  for (const Case& c : cases) {
    Run run;
    write_file(run.path + ".bak", "older");
    run.system.peculiarities[c.name] = c.found;
    CHECK(run.trial_failure() == c.told);
    CHECK(run.dir.listing().find("try") == std::string::npos);
  }
  Run run;
  run.system.peculiarities[""] = {true, false, false};  // a directory that is mounted will do
  CHECK(run.trial_failure() == "none");
}

TEST_CASE("what forbids saving is told") {
  Run run;
  for (const char* suffix : {".lock", ".stage3-tmp", ".bak"}) {
    std::filesystem::create_directory(run.path + suffix);
    CHECK(run.trial_failure() == "the directory s.json" + std::string(suffix) + " is in the way");
    std::filesystem::remove(run.path + suffix);
  }
  for (const char* suffix : disk::suffix::kRescued)
    write_file(run.path + suffix, "{}");
  CHECK(run.trial_failure().find("s.json.rescued to s.json.rescued.9 are all there") == 0);
  std::filesystem::remove(run.path + ".rescued.4");
  CHECK(run.trial_failure() == "none");
  std::filesystem::remove(run.path);
  CHECK(run.trial_failure() == "No such file or directory");
  REQUIRE(mkfifo(run.path.c_str(), 0600) == 0);
  CHECK(run.trial_failure() == "it is not a regular file");
}

TEST_CASE("a sticky directory lets only owners replace a file") {
  Run run;
  REQUIRE(chmod(run.dir.path().c_str(), 01777) == 0);
  run.system.user = geteuid() + 1;
  CHECK(run.trial_failure() == "its directory lets nobody but the owner replace it (sticky bit)");
  run.system.user = geteuid();
  CHECK(run.trial_failure() == "none");
}

TEST_CASE("the store tells it in its own words") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  const StateStore store = StateStore::load(dir / "s.json");
  store.check_writable();
  std::filesystem::remove(dir / "s.json");
  try {
    store.check_writable();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::state_write);
    CHECK(error.what() ==
          "cannot write state file " + (dir / "s.json") + ": No such file or directory");
  }
}

// --- The look between saves

TEST_CASE("the look finds what has come into the way since the trial") {
  Run run;
  REQUIRE(run.trial_failure() == "none");
  const auto failure = [&] {
    try {
      run.saver.check_still_writable();
    } catch (const disk::Failure& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  CHECK(failure() == "none");

  run.system.peculiarities[""].is_immutable = true;
  CHECK(failure() == "its directory is immutable: chattr -i takes that away");
  run.system.peculiarities.clear();
  run.system.file_size_limit = 10;
  CHECK(failure().rfind("File too large", 0) == 0);
  run.system.file_size_limit = UINTMAX_MAX;
  REQUIRE(::mkdir((run.path + ".bak").c_str(), 0700) == 0);
  CHECK(failure() == "the directory s.json.bak is in the way");
  ::rmdir((run.path + ".bak").c_str());
  CHECK(failure() == "none");
  ::unlink(run.path.c_str());
  CHECK(failure() == "No such file or directory");
  REQUIRE(::mkdir(run.path.c_str(), 0700) == 0);
  CHECK(failure() == "it is not a regular file");
}

TEST_CASE("the look knows how much room the results of the run will need") {
  Run run;
  REQUIRE(run.trial_failure() == "none");
  const std::size_t needed = size_needed();
  struct statvfs room {};
  room.f_frsize = 1;
  room.f_blocks = 1'000'000;
  const auto is_enough = [&](std::size_t bytes) {
    room.f_bfree = room.f_bavail = bytes;
    run.system.told_room = room;
    try {
      run.saver.check_still_writable();
    } catch (const disk::Failure& error) {
      CHECK(std::string(error.what()) == "make a file beside it: No space left on device");
      return false;
    }
    return true;
  };
  CHECK(is_enough(needed));
  CHECK_FALSE(is_enough(needed - 1));

  // Our own results are part of it; what others add is not.
  run.save();
  CHECK(is_enough(needed));
  CHECK_FALSE(is_enough(needed - 1));
  const std::string more = R"(,"B0B21C000001":{"ip":"1.2.3.5"}})";
  std::string text = read_file(run.path);
  text.replace(text.size() - 1, 1, more);
  write_file(run.path, text);
  CHECK_FALSE(is_enough(needed + more.size() - 2));
  CHECK(is_enough(needed + more.size() - 1));
  run.results.push_back(offline_result(kKey));
  run.save();
  CHECK_FALSE(is_enough(needed + more.size() - 2));
  CHECK(is_enough(needed + more.size() - 1));

  SUBCASE("names are room, too") {
    room.f_files = 100;
    CHECK_FALSE(is_enough(1'000'000));
    room.f_ffree = room.f_favail = 1;
    CHECK(is_enough(1'000'000));
  }
  SUBCASE("what is reserved for root is room for root alone") {
    room.f_bfree = 1'000'000;
    room.f_bavail = 0;
    run.system.told_room = room;
    run.system.user = 0;
    run.saver.check_still_writable();
    run.system.user = 65534;
    CHECK_THROWS_AS(run.saver.check_still_writable(), disk::Failure);
  }
  SUBCASE("a file system that does not count is believed to have room") {
    room.f_blocks = 0;
    CHECK(is_enough(0));
    run.system.refused["statvfs"] = ENOSYS;
    room.f_blocks = 1;
    CHECK(is_enough(0));
  }
}

TEST_CASE(
    "the trial has room for the second save, too, where there is no backup to take the place of") {
  for (const bool has_backup : {false, true}) {
    CAPTURE(has_backup);
    Run run;
    const std::size_t needed = size_needed();
    if (has_backup) write_file(run.path + ".bak", std::string(needed, ' '));
    std::size_t reserved = 0;
    run.system.on_allocate = [&](off_t size) { reserved += static_cast<std::size_t>(size); };
    REQUIRE(run.trial_failure() == "none");
    CHECK(reserved == (has_backup ? needed : 2 * needed));
  }
}

TEST_CASE("the look reads what others have put in the file's place, and that once") {
  Run run;
  REQUIRE(run.trial_failure() == "none");
  const std::string good = read_file(run.path);
  run.saver.check_still_writable();
  for (const std::string& spoilt : {std::string(), std::string("\0\xff{{{", 5), std::string("{}"),
                                    std::string(R"({"version":2,"devices":{}})")}) {
    CAPTURE(spoilt);
    write_file(run.path, spoilt);
    CHECK_THROWS_AS(run.saver.check_still_writable(), disk::Failure);
    write_file(run.path, good);
    CHECK_NOTHROW(run.saver.check_still_writable());
  }
}
