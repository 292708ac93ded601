#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kStored = R"({"A8032ABE54DC":{"ip":"1.2.3.4"},"bad":{"ip":"1.2.3.5"}})";

}  // namespace

TEST_CASE("load gives the devices in file order, unusable ones among them") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  const StateStore store = StateStore::load(dir / "s.json");
  CHECK(store.path() == dir / "s.json");
  REQUIRE(store.devices().size() == 2);
  CHECK(store.devices()[0].key == kKey);
  CHECK(store.devices()[0].defect.empty());
  CHECK(store.devices()[1].defect == "\"bad\" is not a MAC address");
  CHECK(dir.listing() == "s.json");
}

TEST_CASE("a NUL byte is not taken for the end of a path or of a name") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  const std::string path = dir / std::string("s.json\0.old", 11);
  for (const Error& error :
       {error_of([&] { StateStore::load(path); }), error_of([&] { StateStore::check(path); }),
        error_of([&] { (void)RunLock::acquire(path); })}) {
    CHECK(error.code() == Errc::invalid_argument);
    CHECK(error.message() ==
          "the path \"" + (dir / "s.json") + R"(\x00.old" has a NUL byte in it)");
  }
  const std::string name("name\0", 5);
  for (const Error& error : {error_of([&] { StateStore::load(dir / "s.json", name); }),
                             error_of([&] { StateStore::check(dir / "s.json", name); })}) {
    CHECK(error.code() == Errc::invalid_argument);
    CHECK(error.message().find("without a NUL") != std::string::npos);
  }
  CHECK(dir.listing() == "s.json");
}

TEST_CASE("what cannot be loaded is told with its place, and left alone") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  struct Case {
    std::string text;
    std::string what;
  };
  const std::vector<Case> cases{
      {"", ":1:1: the text ends too early: no value"},
      {"[]", ":1:1: expected an object"},
      {"{\n \"a\": 1,\n}",
       ":3:1: expected a member name in double quotes: remove the comma before it"},
      {"{\"ä\": \"\xFF\"}", ":1:9: not valid UTF-8"},
      {std::string("{}\n\0", 4), ":2:1: NUL byte"},
      {"{}\n{}", ":2:1: something follows the end of the value"},
      {"{\"x\":1e400}", ":1:6: number beyond +-1e308"},
      {"\xEF\xBB\xBF{}", ":1:1: byte order mark: save the file as UTF-8 without one"},
      {"{\"version\":2,\n\"devices\":{}}", ":1:12: version 2 is newer than this program knows (1)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    write_file(path, c.text);
    const Error error = error_of([&] { StateStore::load(path); });
    CHECK(error.code() == Errc::state_read);
    CHECK(error.what() == path + c.what);
    CHECK(read_file(path) == c.text);
  }
  CHECK(dir.listing() == "s.json");
}

TEST_CASE("files that cannot be read") {
  const TempDir dir;
  const Error missing = error_of([&] { StateStore::load(dir / "none"); });
  CHECK(missing.code() == Errc::state_read);
  CHECK(missing.what() == dir / "none" + ": cannot read state file: No such file or directory");
  CHECK(error_of([&] { StateStore::load(dir.path()); }).code() == Errc::state_read);
  REQUIRE(mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(error_of([&] { StateStore::load(dir / "fifo"); }).code() == Errc::state_read);

  write_file(dir / "huge", "{}");
  std::filesystem::resize_file(dir / "huge", 257 * 1024 * 1024);
  CHECK(error_of([&] { StateStore::load(dir / "huge"); }).what() ==
        dir / "huge" + ": cannot read state file: larger than 256 MiB");
}

TEST_CASE("a member that means something else is no name field") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  for (const char* field : {"ip", "stage3", "mac_aliases", "IP", ""}) {
    CAPTURE(field);
    const std::string start = "friendly.field_name must be the name of an entry's field ";
    const Error loaded = error_of([&] { StateStore::load(dir / "s.json", field); });
    CHECK(loaded.code() == Errc::invalid_argument);
    CHECK(std::string(loaded.what()).substr(0, start.size()) == start);
    const Error checked = error_of([&] { StateStore::check(dir / "s.json", field); });
    CHECK(std::string(checked.what()) == loaded.what());
  }
}

TEST_CASE("recorded results are saved") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore store = StateStore::load(dir / "s.json");
  store.record(good_result(kKey));
  CHECK(read_file(dir / "s.json") == kStored);
  CHECK(store.save().written);
  CHECK(read_file(dir / "s.json") == merged(kStored, {good_result(kKey)}));
  CHECK(read_file(dir / "s.json.bak") == kStored);
  CHECK_FALSE(store.save().written);
}

TEST_CASE("results that are not recorded") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore store = StateStore::load(dir / "s.json");

  DeviceResult cancelled = good_result(kKey);
  cancelled.outcome = Outcome::cancelled;
  store.record(cancelled);
  DeviceResult unusable = offline_result("bad");
  unusable.device.defect = "no ip";
  store.record(unusable);
  CHECK_FALSE(store.save().written);

  for (const char* key : {"B0B21C000001", "a8:03:2a:be:54:dc", "bad", ""}) {
    CAPTURE(key);
    const Error error = error_of([&] { store.record(good_result(key)); });
    CHECK(error.code() == Errc::invalid_argument);
    CHECK(error.what() == "no entry \"" + std::string(key) + "\" in " + (dir / "s.json"));
  }
}

TEST_CASE("a clock beyond all dates breaks neither the run nor the file") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore store = StateStore::load(dir / "s.json");
  DeviceResult result = good_result(kKey);
  result.finished_at = INT64_MAX;
  result.last_seen = INT64_MIN;
  store.record(result);
  CHECK(store.save().written);
  const std::string after = read_file(dir / "s.json");
  CHECK(after.find(R"("last_run":"9999-12-31T23:59:59Z","last_seen":"1000-01-01T00:00:00Z")") !=
        std::string::npos);
}

TEST_CASE("what an earlier unsaved result saw of a device survives a later one that saw nothing") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore store = StateStore::load(dir / "s.json");
  store.record(good_result(kKey));
  DeviceResult later = offline_result(kKey);
  later.finished_at += 60;
  store.record(later);
  store.save();
  const std::string after = read_file(dir / "s.json");
  CHECK(after.find(R"("ota_status":"offline","friendly_status":"ok",)"
                   R"("last_run":"2026-11-23T14:32:05Z","last_seen":"2026-11-23T14:31:05Z",)"
                   R"("fw":"1.7.5","fw_id":"20251117-101010/1.7.5-g0123456","app":"Plus1",)"
                   R"("device_name":"Wohnzimmer","error":"reach: timeout")") != std::string::npos);
}

TEST_CASE("a result without a word on the update leaves the recorded one") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore store = StateStore::load(dir / "s.json");
  store.record(good_result(kKey));
  CHECK(store.save().written);
  DeviceResult later = good_result(kKey);
  later.ota_status.reset();
  later.finished_at += 60;
  store.record(later);
  CHECK(store.save().written);
  const std::string after = read_file(dir / "s.json");
  CHECK(after.find(R"("ota_status":"up_to_date")") != std::string::npos);
  CHECK(after.find(R"("last_run":"2026-11-23T14:32:05Z")") != std::string::npos);
}

TEST_CASE("a save that fails says why and keeps the results") {
  const TempDir dir;
  const std::string path = dir / "s.json";
  write_file(path, kStored);
  StateStore store = StateStore::load(path);
  store.record(good_result(kKey));
  std::filesystem::create_directory(path + ".stage3-tmp");
  const Error error = error_of([&] { store.save(); });
  CHECK(error.code() == Errc::state_write);
  CHECK(error.what() ==
        "cannot write state file " + path + ": remove s.json.stage3-tmp: Is a directory");
  CHECK(read_file(path) == kStored);

  std::filesystem::remove(path + ".stage3-tmp");
  CHECK(store.save().written);
}

TEST_CASE("results come in from many threads while others are saved") {
  constexpr unsigned kDevices = 400;
  const TempDir dir;
  std::string text = "{\"devices\":{";
  for (unsigned i = 0; i < kDevices; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(100'000'000'000 + i) + R"(":{"ip":"1.2.3.4"})";
  }
  write_file(dir / "s.json", text + "}}");
  StateStore store = StateStore::load(dir / "s.json");

  std::atomic<unsigned> next{0};
  const auto record_some = [&] {
    for (unsigned i = next++; i < kDevices; i = next++)
      store.record(offline_result(store.devices()[i].key));
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(record_some);
  for (int i = 0; i < 3; ++i)
    store.save();
  for (std::thread& thread : threads)
    thread.join();
  store.save();

  std::vector<DeviceResult> all;
  for (const Device& device : store.devices())
    all.push_back(offline_result(device.key));
  CHECK(read_file(dir / "s.json") == merged(text + "}}", all));
}

TEST_CASE("a store can be moved") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  StateStore first = StateStore::load(dir / "s.json");
  StateStore second = std::move(first);
  second.record(good_result(kKey));
  CHECK(second.save().written);

  StateStore third = StateStore::load(dir / "s.json");
  third = std::move(second);
  CHECK(third.path() == dir / "s.json");
  third.record(offline_result(kKey));
  CHECK(third.save().written);
}

namespace {

/// Works in a directory until the end of a test.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path) { std::filesystem::current_path(path); }
  ~WorkingDirectory() { std::filesystem::current_path(before_); }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

}  // namespace

TEST_CASE("a relative path is that of the time of loading, whatever directory comes next") {
  const TempDir dir;
  for (const char* name : {"a", "b"}) {
    std::filesystem::create_directory(dir / name);
    write_file(dir / name + "/s.json", kStored);
  }
  const WorkingDirectory working(dir / "a");
  StateStore store = StateStore::load("s.json");
  CHECK(store.path() == dir / "a/s.json");
  std::filesystem::current_path(dir / "b");
  store.check_writable();
  const RunLock lock = RunLock::acquire(store.path());
  store.record(good_result(kKey));
  CHECK(store.save().written);
  CHECK(read_file(dir / "a/s.json") == merged(kStored, {good_result(kKey)}));
  CHECK(read_file(dir / "b/s.json") == kStored);
  const TempDir& root = dir;
  CHECK(std::filesystem::exists(root / "a/s.json.run.lock"));
  CHECK(std::distance(std::filesystem::directory_iterator(dir / "b"), {}) == 1);
}

TEST_CASE("another name of the directory makes no difference after loading") {
  const TempDir dir;
  std::filesystem::create_directory(dir / "a");
  write_file(dir / "a/s.json", kStored);
  StateStore store = StateStore::load(dir / "a/s.json");
  std::filesystem::rename(dir / "a", dir / "elsewhere");
  std::filesystem::create_directory(dir / "a");
  write_file(dir / "a/s.json", kStored);
  store.check_writable();
  store.record(good_result(kKey));
  CHECK(store.save().written);
  CHECK(read_file(dir / "elsewhere/s.json") == merged(kStored, {good_result(kKey)}));
  CHECK(read_file(dir / "a/s.json") == kStored);
}

TEST_CASE("errors name the path as it was given") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  const WorkingDirectory working(dir.path());
  StateStore store = StateStore::load("s.json");
  std::filesystem::remove("s.json");
  CHECK(error_of([&] { store.check_writable(); }).what() ==
        std::string("cannot write state file s.json: No such file or directory"));
}

TEST_CASE("that a file has another name is told once, by the save that parts them") {
  const TempDir dir;
  write_file(dir / "s.json", kStored);
  std::filesystem::create_hard_link(dir / "s.json", dir / "other.json");
  StateStore store = StateStore::load(dir / "s.json");
  const auto is_told = [&] {
    store.record(good_result(kKey));
    const SaveReport report = store.save();
    return std::count_if(report.notices.begin(), report.notices.end(), [](const std::string& text) {
      return text.find("more than one name") != std::string::npos;
    });
  };
  CHECK(is_told() == 1);
  CHECK(is_told() == 0);
  CHECK(read_file(dir / "other.json") == kStored);
}
