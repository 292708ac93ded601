#include "state/preflight.hpp"

#include <doctest/doctest.h>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "faulty_file_system.hpp"
#include "state/failure.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// A file system on which nothing may be written.
class ReadOnly : public FaultyFileSystem {
 public:
  int denied = EROFS;
  std::string denied_name;

  int access_at(int dir, const char* name, int mode) override {
    if (denied_name != name) return FileSystem::access_at(dir, name, mode);
    errno = denied;
    return -1;
  }
};

std::string failure_of(state::FileSystem& system, const std::string& path) {
  try {
    state::check_writable(system, path);
  } catch (const state::Failure& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a file that can be saved passes without a trace") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  FaultyFileSystem system;
  CHECK(failure_of(system, dir / "s.json") == "none");
  CHECK(dir.listing() == "s.json");
}

TEST_CASE("what forbids saving is told") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  write_file(path, "{}");
  ReadOnly system;
  system.denied_name = "s.json";
  CHECK(failure_of(system, path) == "s.json: Read-only file system");
  system.denied_name = ".";
  system.denied = EACCES;
  CHECK(failure_of(system, path) == "its directory: Permission denied");
  system.denied_name = "s.json.lock";
  CHECK(failure_of(system, path) == "s.json.lock: Permission denied");
  system.denied_name.clear();

  CHECK(failure_of(system, dir / "none") == "No such file or directory");
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(failure_of(system, dir / "fifo") == "it is not a regular file");
  for (const char* suffix : {".lock", ".stage3-tmp", ".bak"}) {
    std::filesystem::create_directory(path + suffix);
    CHECK(failure_of(system, path) ==
          "the directory s.json" + std::string(suffix) + " is in the way");
    std::filesystem::remove(path + suffix);
  }
}

TEST_CASE("a sticky directory lets only owners replace a file") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  REQUIRE(chmod(dir.path().c_str(), 01777) == 0);
  FaultyFileSystem system;
  system.user = geteuid() + 1;
  CHECK(failure_of(system, dir / "s.json") ==
        "its directory lets only its owner replace it (sticky bit)");
  system.user = geteuid();
  CHECK(failure_of(system, dir / "s.json") == "none");
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
