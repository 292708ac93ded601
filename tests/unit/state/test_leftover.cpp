#include "state/leftover.hpp"

#include <doctest/doctest.h>

#include <stage3/state_store.hpp>

#include "disk/failure.hpp"
#include "faulty_file_system.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kFile = "{\"A8032ABE54DC\":{}}";
const std::string kOtherFile = "{\"A8032ABE54DD\":{}}";

struct Leftover {
  TempDir dir;
  FaultyFileSystem system;
  std::string temp = dir / "s.json.stage3-tmp";

  Leftover() { write_file(dir / "s.json", kFile); }

  std::vector<std::string> clear(uid_t owner = geteuid()) {
    std::vector<std::string> notices;
    state::clear_leftover(disk::resolve(system, dir / "s.json"), kFile, owner, notices);
    return notices;
  }
};

}  // namespace

TEST_CASE("a whole state file that exists nowhere else is rescued and told") {
  Leftover setup;
  write_file(setup.temp, kOtherFile);
  CHECK(setup.clear() ==
        std::vector<std::string>{
            "an interrupted save had left s.json.stage3-tmp: kept as s.json.rescued"});
  CHECK(read_file(setup.dir / "s.json.rescued") == kOtherFile);
  CHECK(setup.dir.listing() == "s.json s.json.rescued");
  CHECK(setup.clear().empty());
}

TEST_CASE("what was rescued before stays") {
  Leftover setup;
  for (const char* suffix : {"", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"}) {
    CAPTURE(suffix);
    const std::string other = R"({"A8032ABE54DD":{"n":")" + std::string(suffix) + "\"}}";
    write_file(setup.temp, other);
    CHECK(setup.clear().front().find("kept as s.json.rescued" + std::string(suffix)) !=
          std::string::npos);
    CHECK(read_file(setup.dir / "s.json.rescued" + suffix) == other);
  }
  write_file(setup.temp, kOtherFile);
  CHECK_THROWS_WITH_AS(setup.clear(),
                       "s.json.rescued to s.json.rescued.9 are all there: take what you miss out "
                       "of them, and remove them",
                       disk::Failure);
  CHECK(read_file(setup.temp) == kOtherFile);
  for (const std::string& name : StateStore::files_of(setup.dir / "s.json"))
    std::filesystem::remove(name);
  CHECK(setup.dir.listing().empty());
}

TEST_CASE("left-overs that nobody needs are removed") {
  for (const std::string& text : {kFile, kOtherFile.substr(0, 9), std::string()}) {
    CAPTURE(text);
    Leftover setup;
    write_file(setup.temp, text);
    CHECK(setup.clear().empty());
    CHECK(setup.dir.listing() == "s.json");
  }
  Leftover setup;
  write_file(setup.temp, kOtherFile);
  write_file(setup.dir / "s.json.bak", kOtherFile);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json s.json.bak");
}

TEST_CASE("planted things are removed, what they point to is not touched") {
  Leftover setup;
  write_file(setup.dir / "victim", kOtherFile);
  std::filesystem::create_symlink(setup.dir / "victim", setup.temp);
  CHECK(setup.clear().empty());
  REQUIRE(mkfifo(setup.temp.c_str(), 0600) == 0);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json victim");
  CHECK(read_file(setup.dir / "victim") == kOtherFile);

  std::filesystem::create_directory(setup.temp);
  CHECK_THROWS_WITH_AS(setup.clear(), "remove s.json.stage3-tmp: Is a directory", disk::Failure);
}

TEST_CASE("a file of somebody else is not rescued" * doctest::skip(geteuid() != 0)) {
  Leftover setup;
  write_file(setup.temp, kOtherFile);
  REQUIRE(chown(setup.temp.c_str(), 12345, 12345) == 0);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json");
}

TEST_CASE("root rescues what the owner of the state file has left" *
          doctest::skip(geteuid() != 0)) {
  Leftover setup;
  write_file(setup.temp, kOtherFile);
  REQUIRE(chown(setup.temp.c_str(), 12345, 12345) == 0);
  CHECK(setup.clear(12345).size() == 1);
  CHECK(setup.dir.listing() == "s.json s.json.rescued");
}

TEST_CASE("who is not root rescues nothing of somebody else") {
  Leftover setup;
  setup.system.user = geteuid() + 1;
  write_file(setup.temp, kOtherFile);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json");
}

TEST_CASE("what stands in the backup's place without being a file is no backup") {
  Leftover setup;
  write_file(setup.temp, kOtherFile);
  REQUIRE(mkfifo((setup.dir / "s.json.bak").c_str(), 0600) == 0);
  CHECK(setup.clear().size() == 1);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.rescued");
}
