#include "state/saver.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "../rounds.hpp"
#include "disk/failure.hpp"
#include "faulty_file_system.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kBefore = R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})";

/// A directory with a state file that was loaded, and a result to save.
struct Saving {
  TempDir dir;
  std::string path = dir / "s.json";
  state::Contents contents;
  FaultyFileSystem system;
  state::Saver saver{disk::resolve(system, path)};
  std::vector<DeviceResult> results{offline_result(kKey)};

  explicit Saving(const std::string& text = kBefore) {
    write_file(path, text);
    contents = parsed(text);
  }

  SaveReport save() { return saver.save(contents.document, Records(contents, results).recorded()); }

  std::string failure() {
    try {
      save();
    } catch (const disk::Failure& error) {
      return error.what();
    }
    return "none";
  }
};

std::string offline(const std::string& text) {
  return merged(text, {offline_result(kKey)});
}

void replace_by_rename(const std::string& path, const std::string& text) {
  write_file(path + ".foreign", text);
  std::filesystem::rename(path + ".foreign", path);
}

}  // namespace

TEST_CASE("a save puts the result in and keeps the file as it was as the backup") {
  Saving setup;
  const struct stat before = status_of(setup.path);
  const SaveReport report = setup.save();
  CHECK(report.written);
  CHECK(report.vanished.empty());
  CHECK(report.notices.empty());
  CHECK(read_file(setup.path) == offline(kBefore));
  CHECK(read_file(setup.path + ".bak") == kBefore);
  CHECK(status_of(setup.path + ".bak").st_ino == before.st_ino);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
}

TEST_CASE("what must be durable is synced before the next step relies on it") {
  Saving setup;
  CHECK(setup.save().written);
  CHECK(setup.system.log == "write fsync exchange fsync rename fsync");
  setup.system.log.clear();
  setup.results[0].finished_at += 60;
  CHECK(setup.save().written);
  CHECK(setup.system.log == "write fsync exchange fsync fsync");

  Saving without;
  without.system.can_exchange = false;
  CHECK(without.save().written);
  CHECK(without.system.log == "write fsync write fsync rename rename fsync");
}

TEST_CASE("the backup is made once: it is the file as it was before the run") {
  Saving setup;
  setup.save();
  setup.results[0].finished_at += 60;
  CHECK(setup.save().written);
  CHECK(read_file(setup.path).find("14:32:05") != std::string::npos);
  CHECK(read_file(setup.path + ".bak") == kBefore);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
}

TEST_CASE("a save that changes nothing writes nothing") {
  Saving setup;
  setup.save();
  const struct stat before = status_of(setup.path);
  write_file(setup.path + ".bak", "untouched");
  CHECK_FALSE(setup.save().written);
  CHECK(status_of(setup.path).st_ino == before.st_ino);
  CHECK(read_file(setup.path + ".bak") == "untouched");

  setup.results.clear();
  CHECK_FALSE(setup.save().written);
}

TEST_CASE("planted names are replaced, what they point to is not touched") {
  for (const bool can_exchange : {true, false}) {
    CAPTURE(can_exchange);
    Saving setup;
    setup.system.can_exchange = can_exchange;
    write_file(setup.dir / "victim", "precious");
    for (const char* suffix : {".bak", ".stage3-tmp", ".stage3-bak"})
      std::filesystem::create_symlink(setup.dir / "victim", setup.path + suffix);
    CHECK(setup.save().written);
    CHECK(read_file(setup.dir / "victim") == "precious");
    CHECK(read_file(setup.path + ".bak") == kBefore);
    CHECK(S_ISREG(status_of(setup.path + ".bak").st_mode));
  }
  Saving setup;
  REQUIRE(mkfifo((setup.path + ".bak").c_str(), 0600) == 0);
  REQUIRE(mkfifo((setup.path + ".stage3-tmp").c_str(), 0600) == 0);
  CHECK(setup.save().written);
  CHECK(read_file(setup.path + ".bak") == kBefore);
}

TEST_CASE("a symbolic link stays one: its file is saved, where that is") {
  Saving setup;
  std::filesystem::create_directory(setup.dir / "real");
  std::filesystem::rename(setup.path, setup.dir / "real/file.json");
  std::filesystem::create_symlink("real/file.json", setup.path);
  state::Saver saver(disk::resolve(setup.system, setup.path));
  CHECK(saver.save(setup.contents.document, Records(setup.contents, setup.results).recorded())
            .written);
  CHECK(std::filesystem::is_symlink(setup.path));
  CHECK(read_file(setup.path) == offline(kBefore));
  CHECK(read_file(setup.dir / "real/file.json.bak") == kBefore);
  CHECK(setup.dir.listing() == "real s.json");
}

TEST_CASE("short writes are continued") {
  Saving setup;
  setup.system.max_write = 7;
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(kBefore));
}

TEST_CASE("what others have changed since the load stays") {
  Saving setup;
  const std::string foreign =
      "{\n  \"devices\": {\n    \"B0B21C000001\": {\"ip\": \"1.2.3.5\"},\n    "
      "\"a8:03:2a:be:54:dc\": "
      "{\"ip\": \"9.9.9.9\", \"room\": \"new\"}\n  }\n}";
  replace_by_rename(setup.path, foreign);
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == merged(foreign, {offline_result("a8:03:2a:be:54:dc")}));
  CHECK(read_file(setup.path + ".bak") == foreign);
}

TEST_CASE("results whose entry is gone are told") {
  Saving setup;
  replace_by_rename(setup.path, R"({"B0B21C000001":{"ip":"1.2.3.5"}})");
  const SaveReport report = setup.save();
  CHECK_FALSE(report.written);
  CHECK(report.vanished == std::vector<std::string>{kKey});
  CHECK(read_file(setup.path) == R"({"B0B21C000001":{"ip":"1.2.3.5"}})");
}

TEST_CASE("an entry that has become ambiguous is not written") {
  Saving setup;
  const std::string twice =
      R"({"A8032ABE54DC":{"ip":"1.2.3.4"},"a8:03:2a:be:54:dc":{"ip":"1.2.3.4"}})";
  write_file(setup.path, twice);
  const SaveReport report = setup.save();
  CHECK(report.ambiguous == std::vector<std::string>{kKey});
  CHECK(report.vanished.empty());
  CHECK_FALSE(report.written);
  CHECK(read_file(setup.path) == twice);
}

TEST_CASE("a file without any entry is no place for results") {
  for (const std::string none : {"{}", R"({"version":1,"devices":{}})"}) {
    CAPTURE(none);
    Saving setup;
    const std::string before = read_file(setup.path);
    write_file(setup.path, none);
    CHECK_THROWS_WITH_AS(setup.save(), "it holds no device any more", disk::Failure);
    CHECK(read_file(setup.path) == none);
    write_file(setup.path, before);
    CHECK(setup.save().written);
  }
}

TEST_CASE("a change between the last look and the exchange is merged, not lost") {
  const std::string foreign = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"new"}})";
  for (const bool in_place : {false, true}) {
    CAPTURE(in_place);
    Saving setup;
    setup.system.before_exchange = [&] {
      in_place ? write_file(setup.path, foreign) : replace_by_rename(setup.path, foreign);
    };
    CHECK(setup.save().written);
    CHECK(read_file(setup.path) == offline(foreign));
    CHECK(read_file(setup.path + ".bak") == foreign);
    CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
  }
}

TEST_CASE("a change that shows in neither size nor time is found by its bytes") {
  const std::string foreign = R"({"A8032ABE54DC":{"ip":"1.2.3.5"}})";
  REQUIRE(foreign.size() == kBefore.size());
  Saving setup;
  setup.system.before_exchange = [&] {
    const struct stat before = status_of(setup.path);
    write_file(setup.path, foreign);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    REQUIRE(utimensat(AT_FDCWD, setup.path.c_str(), times, 0) == 0);
  };
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(foreign));
}

TEST_CASE("a file that is put in the place of ours before we look again stays") {
  const std::string first = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"first"}})";
  const std::string second = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"second"}})";
  Saving setup;
  setup.system.before_exchange = [&] { replace_by_rename(setup.path, first); };
  setup.system.after_exchange = [&] { replace_by_rename(setup.path, second); };
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(second));
}

TEST_CASE("a writer that has the file open is waited for") {
  for (const bool can_exchange : {true, false}) {
    CAPTURE(can_exchange);
    Saving setup;
    setup.system.can_exchange = can_exchange;
    UniqueFd writer(open(setup.path.c_str(), O_WRONLY | O_CLOEXEC));
    setup.system.on_sleep = [&] { setup.system.on_sleep = [&] { writer.reset(); }; };
    const SaveReport report = setup.save();
    CHECK(report.written);
    CHECK(report.notices.size() == (can_exchange ? 0 : 1));
    CHECK(read_file(setup.path) == offline(kBefore));
    CHECK(setup.system.slept < std::chrono::milliseconds(100));
  }
}

TEST_CASE("a writer that writes nothing does not keep a save from going on") {
  for (const bool can_exchange : {true, false}) {
    CAPTURE(can_exchange);
    Saving setup;
    setup.system.can_exchange = can_exchange;
    const UniqueFd writer(open(setup.path.c_str(), O_RDWR | O_CLOEXEC));
    const SaveReport report = setup.save();
    CHECK(report.written);
    REQUIRE(report.notices.size() == (can_exchange ? 1 : 2));
    CHECK(report.notices.back().find("another process has had the file open") == 0);
    CHECK(read_file(setup.path) == offline(kBefore));
    CHECK(read_file(setup.path + ".bak") == kBefore);
    CHECK(setup.system.slept >= std::chrono::milliseconds(400));
    CHECK(setup.system.slept < std::chrono::milliseconds(600));
    const auto exchanges = [&] {
      std::size_t count = 0;
      for (std::size_t at = setup.system.log.find("exchange"); at != std::string::npos;
           at = setup.system.log.find("exchange", at + 1))
        ++count;
      return count;
    };
    CHECK(exchanges() <= 3);  // out and back, and the one that stays
  }
}

TEST_CASE("a writer that goes on writing is told for what it is") {
  Saving setup;
  const UniqueFd writer(open(setup.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  std::string latest = kBefore;
  const std::function<void()> append = [&] {
    REQUIRE(write(writer.get(), " ", 1) == 1);
    latest += ' ';
    setup.system.on_sleep = append;
  };
  setup.system.on_sleep = append;
  CHECK(setup.failure() == "another process has it open for writing and keeps changing it");
  CHECK(read_file(setup.path) == latest);
  CHECK(setup.system.slept > std::chrono::seconds(3));
  CHECK(setup.system.slept < std::chrono::seconds(4));
}

TEST_CASE("an idle writer that wakes up in the middle of a save is not lost") {
  Saving setup;
  const UniqueFd writer(open(setup.path.c_str(), O_RDWR | O_CLOEXEC));
  const std::string foreign = R"({"A8032ABE54DC":{"ip":"1.2.3.5"}})";
  unsigned exchanges = 0;
  class Waking : public FaultyFileSystem {
   public:
    std::function<void()> on_directory_sync;
    int fsync(int fd) override {
      struct stat status {};
      if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) && on_directory_sync) {
        std::exchange(on_directory_sync, nullptr)();
      }
      return FaultyFileSystem::fsync(fd);
    }
  } system;
  system.on_directory_sync = [&] {
    ++exchanges;
    REQUIRE(pwrite(writer.get(), foreign.data(), foreign.size(), 0) ==
            static_cast<ssize_t>(foreign.size()));
  };
  state::Saver saver(disk::resolve(system, setup.path));
  CHECK(saver.save(setup.contents.document, Records(setup.contents, setup.results).recorded())
            .written);
  CHECK(exchanges == 1);
  CHECK(read_file(setup.path) == offline(foreign));
  CHECK(read_file(setup.path + ".bak") == foreign);
}

TEST_CASE("the backup is made once, whatever fails") {
  Saving setup;
  setup.system.can_exchange = false;
  setup.system.refused["dirsync"] = EIO;
  CHECK(setup.failure() == "fsync of the directory: Input/output error");
  CHECK(read_file(setup.path + ".bak") == kBefore);
  setup.results[0].finished_at += 60;
  CHECK(setup.failure() == "fsync of the directory: Input/output error");
  CHECK(read_file(setup.path + ".bak") == kBefore);
  // The bytes are there already: what is missing is not forgotten.
  CHECK(setup.failure() == "fsync of the directory: Input/output error");
  setup.system.refused.clear();
  CHECK_FALSE(setup.save().written);
  CHECK(read_file(setup.path + ".bak") == kBefore);
}

TEST_CASE("another stage's temporary file is left alone") {
  const std::string theirs = R"({"A8032ABE54DC":{"ip":"9.9.9.9"}})";
  for (const bool can_exchange : {true, false}) {
    Saving setup;
    setup.system.can_exchange = can_exchange;
    write_file(setup.path + ".tmp", theirs);
    CHECK(setup.save().written);
    CHECK(read_file(setup.path + ".tmp") == theirs);
    CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock s.json.tmp");
  }
}

TEST_CASE("a save stands back while others write one change after the other, but not for ever") {
  Saving setup;
  unsigned changes = 0;
  std::string latest;
  const std::function<void()> change = [&] {
    latest = R"({"A8032ABE54DC":{"ip":"1.2.3.4","n":)" + std::to_string(++changes) + "}}";
    replace_by_rename(setup.path, latest);
    setup.system.on_sleep = change;
  };
  setup.system.on_sleep = change;
  setup.system.after_exchange = [&] { setup.system.on_sleep = nullptr; };
  setup.save();
  CHECK(read_file(setup.path) == offline(latest));
  CHECK(changes > 100);
  CHECK(setup.system.slept >= std::chrono::milliseconds(500));
  CHECK(setup.system.slept < std::chrono::milliseconds(600));
}

TEST_CASE("a file that nobody has changed lately is saved without waiting") {
  Saving setup;
  const auto an_hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(setup.path, an_hour_ago);
  setup.save();
  CHECK(setup.system.slept <= std::chrono::milliseconds(11));
}

TEST_CASE("the exchange comes right after a pause, with no more than two looks in between") {
  Saving setup;
  unsigned pause = 0;
  const std::function<void()> count = [&] {
    pause = setup.system.calls;
    setup.system.on_sleep = count;
  };
  setup.system.on_sleep = count;
  unsigned calls_since_pause = 0;
  setup.system.before_exchange = [&] { calls_since_pause = setup.system.calls - pause; };
  setup.save();
  CHECK(pause > 20);
  CHECK(calls_since_pause <= 2);
}

TEST_CASE("where names cannot be exchanged the file is renamed and the backup copied") {
  Saving setup;
  setup.system.can_exchange = false;
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(kBefore));
  CHECK(read_file(setup.path + ".bak") == kBefore);
  setup.results[0].finished_at += 60;
  CHECK(setup.save().written);
  CHECK(read_file(setup.path + ".bak") == kBefore);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
}

TEST_CASE("without exchange, too, a change during the save is merged") {
  const std::string foreign = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"new"}})";
  Saving setup;
  setup.system.can_exchange = false;
  // The first rename is that of the backup.
  setup.system.before_exchange = [&] { replace_by_rename(setup.path, foreign); };
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(foreign));
  CHECK(read_file(setup.path + ".bak") == foreign);
}

TEST_CASE("a file that is being written is waited for") {
  Saving setup;
  for (const char* half : {"", R"({"A8032ABE54DC":{"ip")"}) {
    CAPTURE(half);
    write_file(setup.path, half);
    setup.system.on_sleep = [&] { write_file(setup.path, kBefore); };
    setup.results[0].finished_at += 60;
    CHECK(setup.save().written);
  }
  CHECK(setup.system.slept < std::chrono::seconds(1));
}

TEST_CASE("a file that is written while it is read is read again") {
  Saving setup;
  const std::string foreign = R"({"A8032ABE54DC":{"ip":"1.2.3.4","ours":false}})";
  setup.system.before_read = [&] { write_file(setup.path, foreign); };
  CHECK(setup.save().written);
  CHECK(read_file(setup.path) == offline(foreign));
  CHECK(setup.system.slept > std::chrono::seconds(0));
}

TEST_CASE("a damaged file is left alone after 3 s, and so is its backup") {
  Saving setup;
  write_file(setup.path, "{\"A8032ABE54DC\":\n{\"ip\":");
  write_file(setup.path + ".bak", "older");
  CHECK(setup.failure() ==
        "it has been changed and is no state file any more: line 2, column 7: the text ends too "
        "early: expected a value");
  CHECK(setup.system.slept >= std::chrono::seconds(3));
  CHECK(read_file(setup.path) == "{\"A8032ABE54DC\":\n{\"ip\":");
  CHECK(read_file(setup.path + ".bak") == "older");
}

TEST_CASE("what has become no regular file is an error") {
  Saving setup;
  std::filesystem::remove(setup.path);
  REQUIRE(::mkfifo(setup.path.c_str(), 0600) == 0);
  CHECK(setup.failure() == "s.json is not a regular file");
}

TEST_CASE("a disk that takes nothing and says nothing is an error") {
  Saving setup;
  setup.system.max_write = 0;
  CHECK(setup.failure().find("nothing was written") != std::string::npos);
  CHECK(read_file(setup.path) == kBefore);
}

TEST_CASE("a file that has gone is an error") {
  Saving setup;
  std::filesystem::remove(setup.path);
  CHECK(setup.failure() == "No such file or directory");
  CHECK(setup.dir.listing() == "s.json.lock");
}

TEST_CASE("the save lock is waited for, up to 10 s") {
  Saving setup;
  UniqueFd other(open((setup.path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(flock(other.get(), LOCK_EX) == 0);
  CHECK(setup.failure() ==
        "process " + std::to_string(getpid()) + " has been holding s.json.lock for 10 s");
  CHECK(setup.system.slept >= std::chrono::seconds(10));
  CHECK(setup.system.slept < std::chrono::seconds(11));

  setup.system.on_sleep = [&] { other.reset(); };
  CHECK(setup.save().written);
}

TEST_CASE("a lock file that is deleted before it is locked is no lock") {
  Saving setup;
  const std::string lock = setup.path + ".lock";
  UniqueFd other;
  setup.system.before_lock = [&] {
    std::filesystem::remove(lock);
    other.reset(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(flock(other.get(), LOCK_EX) == 0);
  };
  CHECK(setup.failure() ==
        "process " + std::to_string(getpid()) + " has been holding s.json.lock for 10 s");
}

TEST_CASE("what an interrupted save left is rescued by the next") {
  const std::string lost = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"lost"}})";
  Saving setup;
  write_file(setup.path + ".stage3-tmp", lost);
  const SaveReport report = setup.save();
  CHECK(report.written);
  CHECK(report.notices ==
        std::vector<std::string>{
            "an interrupted save had left s.json.stage3-tmp: kept as s.json.rescued"});
  CHECK(read_file(setup.path + ".rescued") == lost);
}

TEST_CASE("the new file has the owner, mode and attributes of the old one") {
  Saving setup;
  REQUIRE(chmod(setup.path.c_str(), 0640) == 0);
  CHECK(setup.save().written);
  CHECK((status_of(setup.path).st_mode & 07777) == 0640);
  CHECK((status_of(setup.path + ".lock").st_mode & 07777) == 0600);
}

TEST_CASE("the disk may begin with a large file before it is complete") {
  class WritebackCounter : public FaultyFileSystem {
   public:
    off_t handed_over = 0;
    unsigned hints = 0;
    void start_writeback(int /*fd*/, off_t offset, off_t size) override {
      CHECK(offset == handed_over);
      handed_over += size;
      ++hints;
    }
  };
  const std::size_t kParts = cut_to_one_in() == 1 ? 2 : 1;
  const std::string text = R"({"A8032ABE54DC":{"ip":"1.2.3.4"},"x":")" +
                           std::string((4 * kParts + 1) * 1024 * 1024, 'x') + "\"}";
  Saving setup(text);
  WritebackCounter system;
  state::Saver saver(disk::resolve(system, setup.path));
  CHECK(saver.save(setup.contents.document, Records(setup.contents, setup.results).recorded())
            .written);
  CHECK(system.hints == kParts);
  CHECK(system.handed_over == static_cast<off_t>(4 * kParts * 1024 * 1024));
  CHECK(read_file(setup.path) == offline(text));
}
