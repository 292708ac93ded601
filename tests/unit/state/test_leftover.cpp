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
const std::string kOther = "{\"A8032ABE54DD\":{}}";

struct Setup {
  TempDir dir;
  FaultyFileSystem system;
  std::string temp = dir / "s.json.stage3-tmp";

  Setup() { write_file(dir / "s.json", kFile); }

  std::vector<std::string> clear(uid_t owner = geteuid()) {
    std::vector<std::string> notices;
    state::clear_leftover(disk::resolve(system, dir / "s.json"), kFile, owner, notices);
    return notices;
  }
};

}  // namespace

TEST_CASE("a whole state file that exists nowhere else is rescued and told") {
  Setup setup;
  write_file(setup.temp, kOther);
  CHECK(setup.clear() ==
        std::vector<std::string>{
            "an interrupted save had left s.json.stage3-tmp: kept as s.json.rescued"});
  CHECK(read_file(setup.dir / "s.json.rescued") == kOther);
  CHECK(setup.dir.listing() == "s.json s.json.rescued");
  CHECK(setup.clear().empty());
}

TEST_CASE("what was rescued before stays") {
  Setup setup;
  for (const char* suffix : {"", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"}) {
    CAPTURE(suffix);
    const std::string other = R"({"A8032ABE54DD":{"n":")" + std::string(suffix) + "\"}}";
    write_file(setup.temp, other);
    CHECK(setup.clear().front().find("kept as s.json.rescued" + std::string(suffix)) !=
          std::string::npos);
    CHECK(read_file(setup.dir / "s.json.rescued" + suffix) == other);
  }
  write_file(setup.temp, kOther);
  CHECK_THROWS_WITH_AS(setup.clear(),
                       "s.json.rescued to s.json.rescued.9 are all there: take what you miss out "
                       "of them, and remove them",
                       disk::Failure);
  CHECK(read_file(setup.temp) == kOther);
  for (const std::string& name : StateStore::files_of(setup.dir / "s.json"))
    std::filesystem::remove(name);
  CHECK(setup.dir.listing().empty());
}

TEST_CASE("left-overs that nobody needs are removed") {
  for (const std::string& text : {kFile, kOther.substr(0, 9), std::string()}) {
    CAPTURE(text);
    Setup setup;
    write_file(setup.temp, text);
    CHECK(setup.clear().empty());
    CHECK(setup.dir.listing() == "s.json");
  }
  Setup setup;
  write_file(setup.temp, kOther);
  write_file(setup.dir / "s.json.bak", kOther);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json s.json.bak");
}

TEST_CASE("planted things are removed, what they point to is not touched") {
  Setup setup;
  write_file(setup.dir / "victim", kOther);
  std::filesystem::create_symlink(setup.dir / "victim", setup.temp);
  CHECK(setup.clear().empty());
  REQUIRE(mkfifo(setup.temp.c_str(), 0600) == 0);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json victim");
  CHECK(read_file(setup.dir / "victim") == kOther);

  std::filesystem::create_directory(setup.temp);
  CHECK_THROWS_WITH_AS(setup.clear(), "remove s.json.stage3-tmp: Is a directory", disk::Failure);
}

TEST_CASE("a file of somebody else is not rescued" * doctest::skip(geteuid() != 0)) {
  Setup setup;
  write_file(setup.temp, kOther);
  REQUIRE(chown(setup.temp.c_str(), 12345, 12345) == 0);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json");
}

TEST_CASE("root rescues what the owner of the state file has left" *
          doctest::skip(geteuid() != 0)) {
  Setup setup;
  write_file(setup.temp, kOther);
  REQUIRE(chown(setup.temp.c_str(), 12345, 12345) == 0);
  CHECK(setup.clear(12345).size() == 1);
  CHECK(setup.dir.listing() == "s.json s.json.rescued");
}

TEST_CASE("who is not root rescues nothing of somebody else") {
  Setup setup;
  setup.system.user = geteuid() + 1;
  write_file(setup.temp, kOther);
  CHECK(setup.clear().empty());
  CHECK(setup.dir.listing() == "s.json");
}

TEST_CASE("what stands in the backup's place without being a file is no backup") {
  Setup setup;
  write_file(setup.temp, kOther);
  REQUIRE(mkfifo((setup.dir / "s.json.bak").c_str(), 0600) == 0);
  CHECK(setup.clear().size() == 1);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.rescued");
}
