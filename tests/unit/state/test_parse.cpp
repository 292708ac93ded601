// A store from memory, and what it makes of results there.

#include <doctest/doctest.h>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kText =
    "{\n  \"A8032ABE54DC\": {\"ip\": \"1.2.3.4\"},\n  \"A8032ABE54DD\": {\"ip\": \"shelly\"},\n"
    "  \"a8:03:2a:be:54:de\": {\"ip\": \"1.2.3.5\", \"stage3\": {\"fw\": \"1.4.4\"}},\n"
    "  \"A8032ABE54DE\": {\"ip\": \"1.2.3.6\"}\n}\n";

}  // namespace

TEST_CASE("a store from memory has the devices and defects of the same file") {
  const TempDir dir;
  write_file(dir / "s.json", kText);
  const StateStore loaded = StateStore::load(dir / "s.json");
  const StateStore parsed = StateStore::parse(kText);
  CHECK(parsed.path().empty());
  REQUIRE(parsed.devices().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(parsed.devices()[i].key == loaded.devices()[i].key);
    CHECK(parsed.devices()[i].defect == loaded.devices()[i].defect);
  }
  CHECK(parsed.devices()[2].defect == "MAC is also that of entry \"A8032ABE54DE\"");
  CHECK(parsed.devices()[2].on_record->fw == "1.4.4");
  const StateStore named =
      StateStore::parse(R"({"A8032ABE54DC":{"ip":"1.1.1.1","n":"Flur"}})", "n");
  CHECK(named.devices().at(0).wanted_name.text == "Flur");
}

TEST_CASE("what is no state file is refused as the same file is, with line and column") {
  const TempDir dir;
  for (const char* text : {"", "[]", "{\n \"A8032ABE54DC\": {,}}", "{\"version\": 2}",
                           "\xEF\xBB\xBF{}", "{\"a\": \"\xff\"}", "{} x"}) {
    CAPTURE(text);
    write_file(dir / "s.json", text);
    const Error loaded = error_of([&] { StateStore::load(dir / "s.json"); });
    const Error parsed = error_of([&] { StateStore::parse(text, "friendly_name", "part 1"); });
    CHECK(parsed.code() == Errc::state_read);
    CHECK(parsed.message() == loaded.message());
    CHECK(parsed.path() == "part 1");
    CHECK(parsed.line() == loaded.line());
    CHECK(parsed.column() == loaded.column());
  }
  CHECK(error_of([] { StateStore::parse("{}", "ip"); }).code() == Errc::invalid_argument);
}

TEST_CASE("the bytes are merged as a save would write them, as often as one likes") {
  const TempDir dir;
  write_file(dir / "s.json", kText);
  StateStore loaded = StateStore::load(dir / "s.json");
  StateStore parsed = StateStore::parse(kText);
  CHECK(parsed.merged() == kText);
  for (StateStore* store : {&loaded, &parsed}) {
    store->record(good_result("A8032ABE54DC"));
    store->record(offline_result("A8032ABE54DC"));
    store->record(offline_result("A8032ABE54DE"));
  }
  const std::string merged = parsed.merged();
  CHECK(merged == parsed.merged());
  CHECK(merged == loaded.merged());
  CHECK(read_file(dir / "s.json") == kText);
  REQUIRE(loaded.save().written);
  CHECK(merged == read_file(dir / "s.json"));
  CHECK(merged == loaded.merged());
  CHECK(merged != kText);
}

TEST_CASE("results whose entry has left the file are not merged") {
  const TempDir dir;
  write_file(dir / "s.json", kText);
  StateStore store = StateStore::load(dir / "s.json");
  store.record(good_result("A8032ABE54DC"));
  write_file(dir / "s.json", R"({"A8032ABE54FF":{}})");
  REQUIRE(store.save().vanished.size() == 1);
  CHECK(store.merged() == R"({"A8032ABE54FF":{}})");
}

TEST_CASE("a store without a file says so wherever one is needed") {
  StateStore store = StateStore::parse(kText, "friendly_name", "inventory");
  store.record(good_result("A8032ABE54DC"));
  for (const Error& error :
       {error_of([&] { store.save(); }), error_of([&] { store.check_writable(); }),
        error_of([&] { store.check_still_writable(); }),
        error_of([&] { (void)RunLock::acquire(store); }),
        error_of([&] { RunLock::check(store); })}) {
    CHECK(error.code() == Errc::invalid_argument);
    CHECK(error.message().find("inventory is in memory only and has no file") == 0);
  }
  CHECK(store.merged() != kText);
  CHECK(error_of([&] { store.record(good_result("A8032ABE54FF")); }).message() ==
        "no entry \"A8032ABE54FF\" in inventory");
}
