#include <doctest/doctest.h>
#include <sys/wait.h>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

Error refusal(const std::string& path) {
  try {
    (void)RunLock::acquire(path);
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("the lock was given");
}

}  // namespace

TEST_CASE("a second run is told who holds the lock") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  write_file(path, "{}");
  {
    const RunLock lock = RunLock::acquire(path);
    const Error error = refusal(path);
    CHECK(error.code() == Errc::locked);
    CHECK(error.path() == path + ".run.lock");
    CHECK(error.what() ==
          "this process (" + std::to_string(getpid()) + ") holds " + path + ".run.lock already");
  }
  CHECK(dir.listing() == "s.json s.json.run.lock");
  const RunLock again = RunLock::acquire(path);
}

TEST_CASE("the lock ends with the process that holds it") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  write_file(path, "{}");
  const pid_t child = fork();
  if (child == 0) {
    const RunLock lock = RunLock::acquire(path);
    _exit(0);
  }
  REQUIRE(child > 0);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(read_file(path + ".run.lock") == std::to_string(child) + "\n");
  const RunLock lock = RunLock::acquire(path);
  CHECK(read_file(path + ".run.lock") == std::to_string(getpid()) + "\n");
}

TEST_CASE("a check finds what keeps a run from its lock, and leaves nothing behind") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  const std::string lock_path = path + ".run.lock";
  write_file(path, "{}");
  const StateStore store = StateStore::load(path);
  const auto told = [&]() -> std::string {
    try {
      RunLock::check(store);
    } catch (const Error& error) {
      CHECK(error.code() == Errc::state_write);
      CHECK(refusal(path).message() == error.message());
      return error.what();
    }
    return "none";
  };
  CHECK(told() == "none");
  CHECK(dir.listing() == "s.json");
  const std::string front = "cannot write state file " + path + ": ";

  std::filesystem::create_symlink(path, lock_path);
  CHECK(told() == front + "s.json.run.lock is a symbolic link");
  std::filesystem::remove(lock_path);
  REQUIRE(mkfifo(lock_path.c_str(), 0600) == 0);
  CHECK(told() == front + "s.json.run.lock is not a regular file");
  std::filesystem::remove(lock_path);
  std::filesystem::create_directory(lock_path);
  CHECK(told() == front + "open s.json.run.lock: Is a directory");
  std::filesystem::remove(lock_path);
  {
    const RunLock lock = RunLock::acquire(store);
    CHECK_NOTHROW(RunLock::check(store));  // a run is at work: it could be written all the same
  }
  CHECK(read_file(lock_path) == std::to_string(getpid()) + "\n");
  CHECK(told() == "none");
}

TEST_CASE("a lock can be moved, and is given up only once") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  RunLock first = RunLock::acquire(path);
  RunLock second = std::move(first);
  CHECK(refusal(path).code() == Errc::locked);
  RunLock other = RunLock::acquire(dir / "other.json");
  second = std::move(other);
  const RunLock again = RunLock::acquire(path);
  CHECK(refusal(dir / "other.json").code() == Errc::locked);
}

TEST_CASE("two names of one state file have one lock") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  std::filesystem::create_symlink("s.json", dir / "link.json");
  const RunLock lock = RunLock::acquire(dir / "link.json");
  CHECK(refusal(dir / "s.json").code() == Errc::locked);
  CHECK(dir.listing() == "link.json s.json s.json.run.lock");
}

TEST_CASE("what was planted in place of the lock file is refused and not touched") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  const std::string lock = path + ".run.lock";
  write_file(path, "{}");
  write_file(dir / "victim", "precious");

  std::filesystem::create_symlink(dir / "victim", lock);
  const Error link = refusal(path);
  CHECK(link.code() == Errc::state_write);
  CHECK(link.what() == "cannot write state file " + path + ": s.json.run.lock is a symbolic link");
  std::filesystem::remove(lock);

  std::filesystem::create_hard_link(dir / "victim", lock);
  CHECK(refusal(path).what() == "cannot write state file " + path +
                                    ": s.json.run.lock has more than one name (hard links)");
  std::filesystem::remove(lock);

  REQUIRE(mkfifo(lock.c_str(), 0600) == 0);
  CHECK(refusal(path).what() ==
        "cannot write state file " + path + ": s.json.run.lock is not a regular file");
  std::filesystem::remove(lock);

  std::filesystem::create_directory(lock);
  CHECK(refusal(path).code() == Errc::state_write);
  CHECK(read_file(dir / "victim") == "precious");
}

TEST_CASE("a directory that is not there") {
  const TempDir dir;
  const Error error = refusal(dir / "none/s.json");
  CHECK(error.code() == Errc::state_write);
  CHECK(error.what() == "cannot write state file " + (dir / "none/s.json") + ": open directory " +
                            (dir / "none") + ": No such file or directory");
}
