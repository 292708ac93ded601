#include "disk/late_writers.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "../state/faulty_file_system.hpp"
#include "../state/support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kBefore = R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})";
const std::string kLate = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"late"}})";
const std::string kTold =
    "another process wrote into the file after a save had replaced it: that version is "
    "s.json.rescued; take its changes over";

/// Saves beside somebody who has opened the file for writing.
struct LateWriting {
  TempDir dir;
  std::string path = dir / "s.json";
  state::Contents contents = parsed(kBefore);
  FaultyFileSystem system;
  state::Saver saver{disk::resolve(system, path)};
  std::vector<DeviceResult> results{offline_result(kKey)};
  UniqueFd writer;

  LateWriting() {
    write_file(path, kBefore);
    writer.reset(open(path.c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(writer);
  }

  std::vector<std::string> save() {
    results[0].finished_at += 60;
    const SaveReport report = saver.save(contents.document, Records(contents, results).recorded());
    CHECK(report.written);
    return report.notices;
  }

  void write_late() const {
    const auto size = static_cast<ssize_t>(kLate.size());
    REQUIRE(pwrite(writer.get(), kLate.data(), kLate.size(), 0) == size);
  }

  std::string now() const { return merged(kBefore, results); }
};

}  // namespace

TEST_CASE("what an idle writer writes after the save is kept at once and told by the next") {
  LateWriting setup;
  CHECK(setup.save() == std::vector<std::string>{
                            "another process has had the file open for writing without using it: "
                            "saved all the same; what it puts there from now on the next "
                            "save keeps as .rescued, a copy of its own"});
  CHECK(read_file(setup.path + ".bak") == kBefore);
  setup.write_late();
  setup.writer.reset();
  CHECK(read_file(setup.path + ".stage3-late") == kLate);
  CHECK(setup.save() == std::vector<std::string>{kTold});
  CHECK(read_file(setup.path + ".rescued") == kLate);
  CHECK(setup.save().empty());
  CHECK(read_file(setup.path) == setup.now());
  CHECK(read_file(setup.path + ".bak") == kBefore);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock s.json.rescued");
}

TEST_CASE("an idle writer that leaves without a word leaves nothing behind") {
  LateWriting setup;
  CHECK(setup.save().size() == 1);
  CHECK(setup.save().empty());
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock s.json.stage3-late");
  setup.writer.reset();
  CHECK(setup.save().empty());
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
}

TEST_CASE("a file that has taken the name of such a version meanwhile is not lost") {
  LateWriting setup;
  setup.save();
  setup.writer.reset();
  std::filesystem::remove(setup.path + ".stage3-late");
  write_file(setup.path + ".stage3-late", "another");
  CHECK(setup.save() == std::vector<std::string>{kTold});
  CHECK(read_file(setup.path + ".rescued") == "another");
}

TEST_CASE("writers that come and go unused night after night leave one file at most") {
  for (int night = 0; night < 12; ++night) {
    LateWriting setup;
    setup.save();
    setup.writer.reset();
    disk::LateWriters of_next_run;
    std::vector<std::string> notices;
    of_next_run.look(disk::resolve(setup.system, setup.path), {}, notices);
    CHECK(notices.empty());
    CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
  }
}

TEST_CASE("what was written after the last save of a run is rescued by the next run") {
  LateWriting setup;
  setup.save();
  disk::LateWriters of_next_run;
  std::vector<std::string> notices;
  of_next_run.look(disk::resolve(setup.system, setup.path), {}, notices);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock s.json.stage3-late");
  setup.write_late();
  setup.writer.reset();
  of_next_run.look(disk::resolve(setup.system, setup.path), {}, notices);
  CHECK(notices == std::vector<std::string>{kTold});
  CHECK(read_file(setup.path + ".rescued") == kLate);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock s.json.rescued");
}

TEST_CASE("where writers cannot be seen one that writes within 0.4 s loses nothing") {
  LateWriting setup;
  setup.system.refused["lease"] = EACCES;
  setup.system.after_exchange = [&] {
    setup.system.on_sleep = [&] { setup.system.on_sleep = [&] { setup.write_late(); }; };
  };
  CHECK(setup.save().empty());
  CHECK(read_file(setup.path) == merged(kLate, setup.results));
  CHECK(read_file(setup.path + ".bak") == kLate);
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
}

TEST_CASE("where writers cannot be seen what is written later is rescued by the next save") {
  LateWriting setup;
  setup.system.refused["lease"] = EACCES;
  CHECK(setup.save().empty());
  CHECK(setup.system.slept < std::chrono::milliseconds(500));
  CHECK(setup.dir.listing() == "s.json s.json.bak s.json.lock");
  setup.write_late();
  CHECK(setup.save() == std::vector<std::string>{kTold});
  CHECK(read_file(setup.path) == setup.now());
  CHECK(read_file(setup.path + ".bak") == kBefore);
  CHECK(read_file(setup.path + ".rescued") == kLate);
  CHECK(setup.save().empty());
}

TEST_CASE("without exchange, too, what an idle writer writes late is rescued") {
  LateWriting setup;
  setup.system.can_exchange = false;
  CHECK(setup.save().back().find("without using it: saved all the same; what it puts there from "
                                 "now on will be lost") != std::string::npos);
  setup.write_late();
  CHECK(setup.save() == std::vector<std::string>{kTold});
  CHECK(read_file(setup.path + ".rescued") == kLate);
  CHECK(read_file(setup.path + ".bak") == kBefore);
}

TEST_CASE("what cannot be kept is told, and the save goes on") {
  LateWriting setup;
  setup.system.refused["lease"] = EACCES;
  setup.save();
  setup.write_late();
  for (const char* suffix : {"", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"})
    write_file(setup.path + ".rescued" + suffix, "older");
  const std::vector<std::string> notices = setup.save();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("which could not be kept: s.json.rescued to s.json.rescued.9 are all "
                        "there") != std::string::npos);
  CHECK(read_file(setup.path) == setup.now());
}
