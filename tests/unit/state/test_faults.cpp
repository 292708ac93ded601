// Every system call of a save fails, with one error after the other, once and for good: the file is
// whole whatever happens, and success is told only where there is success.

#include <doctest/doctest.h>

#include <array>

#include "../rounds.hpp"
#include "disk/failure.hpp"
#include "faulty_file_system.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

constexpr std::array kErrors{EIO,   ENOSPC, EROFS,  EDQUOT, EMFILE,    EACCES,
                             EINTR, EPERM,  ENOENT, EINVAL, EOPNOTSUPP};

const std::string kTwoDevices =
    R"({"A8032ABE54DC":{"ip":"1.2.3.4"},"B0B21C000001":{"ip":"1.2.3.5"}})";
const std::string kForeign = R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"new"}})";

/// How the directory looks when the save begins, and what happens during it.
enum class Scenario { first_save, later_save, leftover, no_exchange, foreign_rename };

struct FailingSave {
  TempDir dir;
  std::string path = dir / "s.json";
  FaultyFileSystem system;
  state::Contents contents = parsed(kTwoDevices);
  state::Saver saver{disk::resolve(system, path)};
  std::vector<DeviceResult> results{offline_result(kKey)};
  std::string before = kTwoDevices;  // what the file must hold after a failure
  std::string after;                 // and after a success

  explicit FailingSave(Scenario scenario) {
    write_file(path, kTwoDevices);
    if (scenario == Scenario::later_save) {
      save();
      before = read_file(path);
      results[0].finished_at += 60;
      contents = parsed(before);
    }
    if (scenario == Scenario::leftover) write_file(path + ".stage3-tmp", kForeign);
    if (scenario == Scenario::no_exchange) system.can_exchange = false;
    if (scenario == Scenario::foreign_rename) {
      system.before_exchange = [this] {
        write_file(dir / "foreign", kForeign);
        std::filesystem::rename(dir / "foreign", path);
        before = kForeign;
        after = merged(kForeign, results);
      };
    }
    after = merged(before, results);
    system.calls = 0;
  }

  /// False: it failed.
  bool save() {
    try {
      return saver.save(contents.document, Records(contents, results).recorded()).written;
    } catch (const disk::Failure&) {
      return false;
    }
  }
};

void check_outcome(FailingSave& attempt, Scenario scenario, bool saved) {
  const std::string now = read_file(attempt.path);
  if (saved) {
    CHECK(now == attempt.after);
  } else if (scenario == Scenario::no_exchange) {
    // A rename cannot be taken back when the directory cannot be synced afterwards.
    CHECK((now == attempt.before || now == attempt.after));
  } else {
    CHECK(now == attempt.before);
  }
}

unsigned clean_calls(Scenario scenario) {
  FailingSave attempt(scenario);
  REQUIRE(attempt.save());
  CHECK(read_file(attempt.path) == attempt.after);
  return attempt.system.calls;
}

void fail_every_call(Scenario scenario) {
  const unsigned calls = clean_calls(scenario);
  CHECK(calls > 20);
  unsigned failures = 0;
  unsigned number = 0;
  for (unsigned call = 1; call <= calls; ++call) {
    for (const int error : kErrors) {
      // Cut short, each call still meets three or four of the errors, and each error a third of the
      // calls.
      if (!takes_case(++number)) continue;
      for (const bool for_good : {false, true}) {
        FailingSave attempt(scenario);
        attempt.system.fail_at = call;
        attempt.system.error_number = error;
        attempt.system.for_good = for_good;
        const bool saved = attempt.save();
        CAPTURE(attempt.system.failed_call);
        CAPTURE(call);
        CAPTURE(error);
        CAPTURE(for_good);
        check_outcome(attempt, scenario, saved);
        failures += saved ? 0 : 1;

        // What the failure left behind is no obstacle for the next save.
        attempt.system.fail_at = 0;
        attempt.system.for_good = false;
        attempt.system.before_exchange = nullptr;
        const std::string expected = merged(read_file(attempt.path), attempt.results);
        attempt.save();
        CHECK(read_file(attempt.path) == expected);
      }
    }
  }
  CHECK(failures > calls);
}

}  // namespace

TEST_CASE("the first save of a run") {
  fail_every_call(Scenario::first_save);
}

TEST_CASE("a later save of a run") {
  fail_every_call(Scenario::later_save);
}

TEST_CASE("a save that finds what an interrupted one left") {
  fail_every_call(Scenario::leftover);
}

TEST_CASE("a save where names cannot be exchanged") {
  fail_every_call(Scenario::no_exchange);
}

TEST_CASE("a save that somebody else comes in between") {
  fail_every_call(Scenario::foreign_rename);
}
