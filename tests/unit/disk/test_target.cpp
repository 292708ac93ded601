#include "disk/target.hpp"

#include <doctest/doctest.h>

#include "../state/faulty_file_system.hpp"
#include "../state/support.hpp"
#include "disk/failure.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

std::string failure_of(disk::FileSystem& system, const std::string& path) {
  try {
    disk::resolve(system, path);
  } catch (const disk::Failure& error) {
    return error.what();
  }
  return "none";
}

/// The inode of the directory that the target is in.
ino_t directory_of(const disk::Target& target) {
  return disk::status_of(target.directory.system(), target.directory.fd()).st_ino;
}

}  // namespace

TEST_CASE("links are followed to the file, in whatever directory it is") {
  const TempDir dir;
  std::filesystem::create_directories(dir / "a/b");
  write_file(dir / "a/b/real.json", "{}");
  std::filesystem::create_symlink("b/real.json", dir / "a/second.json");
  std::filesystem::create_symlink(dir / "a/second.json", dir / "first.json");
  FaultyFileSystem system;
  for (const char* name : {"first.json", "a/second.json", "a/b/real.json", "a/b/none.json"}) {
    CAPTURE(name);
    const disk::Target target = disk::resolve(system, dir / name);
    CHECK(target.name == (name == std::string("a/b/none.json") ? "none.json" : "real.json"));
    CHECK(directory_of(target) == status_of(dir / "a/b").st_ino);
  }
}

TEST_CASE("a directory may be a link, and the path need not name one") {
  const TempDir dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_symlink("real", dir / "link");
  FaultyFileSystem system;
  CHECK(directory_of(disk::resolve(system, dir / "link/s.json")) == status_of(dir / "real").st_ino);
  CHECK(directory_of(disk::resolve(system, "s.json")) == status_of(".").st_ino);
  CHECK(directory_of(disk::resolve(system, "/s.json")) == status_of("/").st_ino);
}

TEST_CASE("paths that lead nowhere") {
  const TempDir dir;
  FaultyFileSystem system;
  CHECK(failure_of(system, "") == " is not a file");
  CHECK(failure_of(system, dir.path() + "/") == dir.path() + "/ is not a file");
  CHECK(failure_of(system, dir / "..") == dir / ".. is not a file");
  CHECK(failure_of(system, dir / "no/s.json") ==
        "open directory " + (dir / "no") + ": No such file or directory");
  std::filesystem::create_symlink("loop", dir / "loop");
  CHECK(failure_of(system, dir / "loop") == "too many symbolic links");
}

TEST_CASE("root does not follow a user's link to a file of somebody else" *
          doctest::skip(geteuid() != 0)) {
  const TempDir dir;
  write_file(dir / "roots.json", "{}");
  write_file(dir / "users.json", "{}");
  constexpr uid_t kUser = 12345;
  REQUIRE(chown((dir / "users.json").c_str(), kUser, kUser) == 0);
  for (const char* target : {"roots.json", "users.json", "none.json"}) {
    std::filesystem::create_symlink(target, dir / target + ".link");
    REQUIRE(lchown((dir / target + ".link").c_str(), kUser, kUser) == 0);
  }
  FaultyFileSystem system;
  const std::string refusal =
      "it is a symbolic link of user 12345 to a file that is not theirs; name the file itself";
  CHECK(failure_of(system, dir / "roots.json.link") == refusal);
  CHECK(failure_of(system, dir / "none.json.link") == refusal);
  CHECK(failure_of(system, dir / "users.json.link") == "none");

  system.user = kUser + 1;
  CHECK(failure_of(system, dir / "roots.json.link") == "none");
}
