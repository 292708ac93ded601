#include "state/load.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <stage3/error.hpp>

#include "faulty_file_system.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kLoaded = R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})";

struct Loading {
  TempDir dir;
  std::string path = dir / "s.json";
  FaultyFileSystem system;

  state::Loaded load() { return state::load(system, path, "friendly_name"); }
  std::string failure() {
    try {
      load();
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  bool has_waited() const { return system.slept >= std::chrono::seconds(3); }
};

void make_old(const std::string& path) {
  const auto an_hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path, an_hour_ago);
}

}  // namespace

TEST_CASE("a file that somebody is writing in place is waited for") {
  Loading setup;
  for (const bool can_probe : {true, false}) {
    CAPTURE(can_probe);
    if (!can_probe) setup.system.refused["lease"] = EACCES;
    UniqueFd writer(open(setup.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    setup.system.on_sleep = [&] {
      REQUIRE(write(writer.get(), kLoaded.data(), 9) == 9);
      setup.system.on_sleep = [&] {
        write_file(setup.path, kLoaded);
        writer.reset();
      };
    };
    CHECK(setup.load().contents.devices.size() == 1);
    CHECK_FALSE(setup.has_waited());
  }
}

TEST_CASE("a file that is damaged for good is refused at once where nobody is writing it") {
  Loading setup;
  write_file(setup.path, "{");
  CHECK(setup.failure().find("ends too early") != std::string::npos);
  CHECK(setup.system.slept == std::chrono::seconds(0));
}

TEST_CASE("where writers cannot be seen only a file that was changed lately is waited for") {
  Loading setup;
  setup.system.refused["lease"] = EINVAL;
  write_file(setup.path, "{");
  make_old(setup.path);
  CHECK(setup.failure().find("ends too early") != std::string::npos);
  CHECK(setup.system.slept == std::chrono::seconds(0));

  setup.system.on_sleep = [&] { write_file(setup.path, kLoaded); };
  write_file(setup.path, "{");
  CHECK(setup.failure() == "none");
}

TEST_CASE("a writer that never finishes is waited for 3 s") {
  Loading setup;
  write_file(setup.path, "{");
  const UniqueFd writer(open(setup.path.c_str(), O_WRONLY | O_CLOEXEC));
  CHECK(setup.failure().find("ends too early") != std::string::npos);
  CHECK(setup.has_waited());
  CHECK(setup.system.slept < std::chrono::seconds(4));
}

TEST_CASE("a file that is changed while it is read is read again") {
  Loading setup;
  write_file(setup.path, "{}");
  setup.system.before_read = [&] { write_file(setup.path, kLoaded); };
  CHECK(setup.load().contents.document.bytes == kLoaded);
}

TEST_CASE("a file that an editor has moved away for a moment is waited for") {
  for (const char* beside : {"~", ".bak", ".lock", ".run.lock"}) {
    CAPTURE(beside);
    Loading setup;
    write_file(setup.path + beside, kLoaded);
    unsigned sleeps = 0;
    const std::function<void()> write_anew = [&] {
      if (++sleeps == 25) write_file(setup.path, kLoaded);
      setup.system.on_sleep = write_anew;
    };
    setup.system.on_sleep = write_anew;
    CHECK(setup.load().contents.devices.size() == 1);
    CHECK(sleeps == 25);
  }
}

TEST_CASE("a file that does not come back is waited for 3 s") {
  Loading setup;
  write_file(setup.path + ".bak", kLoaded);
  CHECK(setup.failure().find("No such file or directory") != std::string::npos);
  CHECK(setup.has_waited());
  CHECK(setup.system.slept < std::chrono::seconds(4));
}

TEST_CASE("a path that leads nowhere is refused at once") {
  Loading setup;
  write_file(setup.dir / "s.jsn", kLoaded);
  CHECK(setup.failure().find("No such file or directory") != std::string::npos);
  write_file(setup.path + ".bak", kLoaded);
  make_old(setup.dir.path());
  CHECK(setup.failure().find("No such file or directory") != std::string::npos);
  std::filesystem::create_directory(setup.path);
  CHECK(setup.failure().find("not a regular file") != std::string::npos);
  CHECK(setup.system.slept == std::chrono::seconds(0));
}

TEST_CASE("a directory that may be searched but not read is no obstacle to reading" *
          doctest::skip(geteuid() == 0)) {
  Loading setup;
  write_file(setup.path, kLoaded);
  REQUIRE(chmod(setup.dir.path().c_str(), 0300) == 0);
  CHECK(setup.failure() == "none");
  REQUIRE(chmod(setup.dir.path().c_str(), 0700) == 0);
}

TEST_CASE("a file that only a link in /proc leads to can be read") {
  Loading setup;
  write_file(setup.path, kLoaded);
  const UniqueFd file(open(setup.path.c_str(), O_RDONLY | O_CLOEXEC));
  std::filesystem::remove(setup.path);
  setup.path = "/proc/self/fd/" + std::to_string(file.get());
  CHECK(setup.load().contents.devices.size() == 1);
}
