// Another stage does its steps (read, replace) at every two and three moments of a save.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "../rounds.hpp"
#include "faulty_file_system.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kOld = R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})";

/// Does something before the nth call of a save, counted from 1.
class Interrupted : public FaultyFileSystem {
 public:
  std::function<void(unsigned call)> before_call;

 protected:
  void on_call(unsigned call) override {
    if (before_call) before_call(call);
  }
};

struct InterruptedSave {
  TempDir dir;
  std::string path = dir / "s.json";
  Interrupted system;
  state::Contents contents = parsed(kOld);
  state::Saver saver{disk::resolve(system, path)};
  std::vector<DeviceResult> results{offline_result(kKey)};

  InterruptedSave() {
    write_file(path, kOld);
    // Long ago, so that the save does not wait for whoever has just made it.
    const auto then = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
    std::filesystem::last_write_time(path, then);
    system.calls = 0;
  }

  void save() { saver.save(contents.document, Records(contents, results).recorded()); }

  void replace(const std::string& text) const {
    write_file(path + ".tmp", text);
    std::filesystem::rename(path + ".tmp", path);
  }
};

bool has(const std::string& text, const std::string& name) {
  return text.find('"' + name + '"') != std::string::npos;
}

/// What the stage makes of a version: one more member, the rest stays.
std::string changed(const std::string& version, const std::string& name) {
  std::string text = version;
  return text.insert(text.find("\"ip\""), '"' + name + "\":1,");
}

unsigned calls_of_a_save() {
  InterruptedSave attempt;
  attempt.save();
  return attempt.system.calls;
}

/// The stage changes the file before call `first`, reads it before call `read` and replaces it
/// before call `written`. Returns whether the reading has met a version without the first change.
bool interrupt(unsigned first, unsigned read, unsigned written) {
  InterruptedSave attempt;
  std::string seen;
  attempt.system.before_call = [&](unsigned call) {
    if (call == first) attempt.replace(changed(read_file(attempt.path), "first"));
    if (call == read) seen = read_file(attempt.path);
    if (call == written) attempt.replace(changed(seen, "second"));
  };
  attempt.save();
  attempt.system.before_call = nullptr;
  attempt.results[0].finished_at += 60;
  attempt.save();

  const std::string left = read_file(attempt.path);
  CAPTURE(first);
  CAPTURE(read);
  CAPTURE(written);
  CAPTURE(seen);
  CHECK(has(left, "second"));
  CHECK(has(left, "first") == has(seen, "first"));
  CHECK(left.find("14:32:05") != std::string::npos);
  return !has(seen, "first");
}

}  // namespace

TEST_CASE("a stage loses a change only by reading between an exchange and the one that undoes it") {
  const unsigned calls = calls_of_a_save();
  const auto laters =
      cut_to_one_in() == 1 ? std::vector<unsigned>{0, 1, 3, 8} : std::vector<unsigned>{1};
  REQUIRE(calls > 20);
  std::set<unsigned> firsts;
  std::set<unsigned> readings;
  for (unsigned first = 1; first <= calls; ++first) {
    for (unsigned read = first; read <= std::min(first + 6, calls); ++read) {
      for (const unsigned later : laters) {
        if (!interrupt(first, read, std::min(read + later, calls))) continue;
        firsts.insert(first);
        readings.insert(read - first);
      }
    }
  }
  // The change comes right before the exchange, and the reading before the look at what that has
  // taken out or before the exchange back.
  CHECK(firsts.size() == 1);
  CHECK(readings == std::set<unsigned>{1, 2});
}

TEST_CASE("of files that replace ours one after the other the last one stays") {
  for (unsigned count = 1; count <= 6; ++count) {
    CAPTURE(count);
    InterruptedSave attempt;
    unsigned number = 0;
    const auto replace = [&] {
      attempt.replace(changed(kOld, "number " + std::to_string(++number)));
    };
    attempt.system.before_exchange = replace;
    const std::function<void()> again = [&] {
      if (number == count) return;
      replace();
      attempt.system.after_exchange = again;
    };
    attempt.system.after_exchange = again;
    attempt.save();
    CHECK(number == count);
    CHECK(has(read_file(attempt.path), "number " + std::to_string(count)));
    CHECK(attempt.dir.listing() == "s.json s.json.bak s.json.lock");
  }
}
