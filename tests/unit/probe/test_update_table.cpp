// The table of transitions of an update that is on record, and who may be sent the next one. The
// table stands here a second time, literally.

#include "probe/update_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace stage3;
using namespace std::chrono_literals;
using probe::is_same_build;
using probe::Seen;
using probe::stand;
using probe::Standing;
using probe::Verdict;
using probe::what_is_seen;

namespace {

constexpr std::int64_t kNow = 1'780'000'000;
constexpr std::int64_t kDeadline = 600;
constexpr auto kBuild = "20260311-095857/1.7.5-g9979d16";
constexpr auto kDoubt = "may have started, no answer";

UpdateRecord record_sent_at(UpdateState state, std::int64_t sent_at = kNow - 10) {
  return {state, "1.4.4", "1.7.5", kBuild, sent_at, 0, 1, kDoubt};
}

Config::Ota ota() {
  Config::Ota ota;
  ota.retry_after = std::chrono::seconds(72000);
  ota.max_attempts = 2;
  return ota;
}

/// What becomes of it, whether that is an end seen now, and whether that is a failure of this run.
struct Cell {
  UpdateState next;
  bool ends;
  bool fails;
};

constexpr UpdateState kNone = UpdateState::none;
constexpr UpdateState kSent = UpdateState::sent;
constexpr UpdateState kUpdated = UpdateState::updated;
constexpr UpdateState kUnchanged = UpdateState::unchanged;
constexpr UpdateState kUnstable = UpdateState::unstable;
constexpr UpdateState kOther = UpdateState::other;
constexpr UpdateState kRefused = UpdateState::refused;
constexpr UpdateState kLost = UpdateState::lost;
constexpr UpdateState kUnreadable = UpdateState::unreadable;

constexpr Cell stays(UpdateState state) {
  return {state, false, false};
}
constexpr Cell ends(UpdateState state) {
  return {state, true, false};
}
constexpr Cell fails(UpdateState state) {
  return {state, true, true};
}

struct Row {
  UpdateState state;
  bool is_late;
  /// By target, origin, other, nothing.
  Cell cells[4];
};

const Row kTable[] = {
    {kNone, false, {stays(kNone), stays(kNone), stays(kNone), stays(kNone)}},
    {kNone, true, {stays(kNone), stays(kNone), stays(kNone), stays(kNone)}},
    {kSent, false, {ends(kUpdated), stays(kSent), fails(kOther), stays(kSent)}},
    {kSent, true, {ends(kUpdated), fails(kUnchanged), fails(kOther), fails(kLost)}},
    {kLost, false, {ends(kUpdated), ends(kUnchanged), ends(kOther), stays(kLost)}},
    {kLost, true, {ends(kUpdated), ends(kUnchanged), ends(kOther), stays(kLost)}},
    {kUnchanged, false, {ends(kUpdated), stays(kUnchanged), stays(kUnchanged), stays(kUnchanged)}},
    {kUnchanged, true, {ends(kUpdated), stays(kUnchanged), stays(kUnchanged), stays(kUnchanged)}},
    {kUnstable, false, {ends(kUpdated), stays(kUnstable), stays(kUnstable), stays(kUnstable)}},
    {kUnstable, true, {ends(kUpdated), stays(kUnstable), stays(kUnstable), stays(kUnstable)}},
    {kOther, false, {ends(kUpdated), stays(kOther), stays(kOther), stays(kOther)}},
    {kOther, true, {ends(kUpdated), stays(kOther), stays(kOther), stays(kOther)}},
    {kRefused, false, {ends(kUpdated), stays(kRefused), stays(kRefused), stays(kRefused)}},
    {kRefused, true, {ends(kUpdated), stays(kRefused), stays(kRefused), stays(kRefused)}},
    {kUpdated, false, {stays(kUpdated), ends(kUnchanged), stays(kUpdated), stays(kUpdated)}},
    {kUpdated, true, {stays(kUpdated), ends(kUnchanged), stays(kUpdated), stays(kUpdated)}},
    {kUnreadable,
     false,
     {stays(kUnreadable), stays(kUnreadable), stays(kUnreadable), stays(kUnreadable)}},
    {kUnreadable,
     true,
     {stays(kUnreadable), stays(kUnreadable), stays(kUnreadable), stays(kUnreadable)}},
};

constexpr Seen kSeen[] = {Seen::target, Seen::origin, Seen::other, Seen::nothing};

void check(const UpdateRecord& before, const Cell& cell, const Standing& found, std::int64_t now) {
  CHECK(static_cast<int>(found.record.state) == static_cast<int>(cell.next));
  CHECK(found.has_ended == cell.ends);
  CHECK(found.has_failed == cell.fails);
  if (!cell.ends) {
    CHECK(found.record == before);
    return;
  }
  CHECK(found.record.ended_at == (cell.next == kLost ? 0 : now));
  CHECK(found.record.error == (cell.next == kUpdated ? "" : kDoubt));
  CHECK(found.record.attempts == before.attempts);
  CHECK(found.record.sent_at == before.sent_at);
  CHECK(found.record.from == before.from);
  CHECK(found.record.to == before.to);
  CHECK(found.record.build == before.build);
}

Verdict::Kind kind_of(const UpdateRecord& record, const std::string& version = "1.7.5",
                      const std::string& build = kBuild, std::int64_t now = kNow) {
  return probe::judge(record, version, build, now, ota()).kind;
}

/// A failure that was sent so many seconds ago.
UpdateRecord failed(std::int64_t ago, int attempts = 1) {
  UpdateRecord record = record_sent_at(kUnchanged, kNow - ago);
  record.attempts = attempts;
  return record;
}

}  // namespace

TEST_CASE("each cell of the table") {
  for (const Row& row : kTable) {
    for (int seen = 0; seen < 4; ++seen) {
      CAPTURE(static_cast<int>(row.state));
      CAPTURE(row.is_late);
      CAPTURE(seen);
      const std::int64_t age = row.is_late ? kDeadline : kDeadline - 1;
      const UpdateRecord record = record_sent_at(row.state, kNow - age);
      check(record, row.cells[seen], stand(record, kSeen[seen], kNow, 600s), kNow);
    }
  }
}

TEST_CASE("where nobody knows the time nothing is late") {
  for (const Row& row : kTable) {
    if (row.is_late) continue;
    for (int seen = 0; seen < 4; ++seen) {
      CAPTURE(static_cast<int>(row.state));
      CAPTURE(seen);
      const UpdateRecord record = record_sent_at(row.state, 5);
      check(record, row.cells[seen], stand(record, kSeen[seen], 0, 600s), 0);
    }
  }
}

TEST_CASE("a send in the future was one of now, and is late as any other from then on") {
  for (const Row& row : kTable) {
    if (row.is_late || row.state == kNone || row.state == kUnreadable) continue;
    for (int seen = 0; seen < 4; ++seen) {
      CAPTURE(static_cast<int>(row.state));
      CAPTURE(seen);
      const Standing found = stand(record_sent_at(row.state, kNow + 1), kSeen[seen], kNow, 600s);
      check(record_sent_at(row.state, kNow), row.cells[seen], found, kNow);
    }
  }
  const UpdateRecord once =
      stand(record_sent_at(kSent, kNow + 86400), Seen::origin, kNow, 600s).record;
  CHECK(once.sent_at == kNow);
  CHECK(stand(once, Seen::origin, kNow + 599, 600s).record == once);
  CHECK(stand(once, Seen::origin, kNow + 600, 600s).record.state == kUnchanged);
}

TEST_CASE("what cannot be read is left as it is, whatever its time") {
  const UpdateRecord record = record_sent_at(kUnreadable, kNow + 100);
  CHECK(stand(record, Seen::target, kNow, 600s).record == record);
}

TEST_CASE("what a device shows of an update") {
  const UpdateRecord record = record_sent_at(kSent);
  CHECK(what_is_seen(record, "1.7.5", "20260311-095911/1.7.5-g9979d16") == Seen::target);
  CHECK(what_is_seen(record, "1.7.5", "") == Seen::target);
  CHECK(what_is_seen(record, "1.7.5", "20260401-000000/1.7.5-gabcdef0") == Seen::other);
  CHECK(what_is_seen(record, "1.4.4", "20241011-114442/1.4.4-g6d2a586") == Seen::origin);
  CHECK(what_is_seen(record, "1.4.4", "") == Seen::origin);
  CHECK(what_is_seen(record, "1.7.6", "20260311-095857/1.7.5-g9979d16") == Seen::other);
  // It is not said to run another version who does not say which one.
  CHECK(what_is_seen(record, "", "") == Seen::nothing);
  CHECK(what_is_seen(record, "", "20260311-095857/1.7.5-g9979d16") == Seen::nothing);
  UpdateRecord rebuilt = record;
  rebuilt.from = rebuilt.to;
  CHECK(what_is_seen(rebuilt, "1.7.5", "20260401-000000/1.7.5-gabcdef0") == Seen::origin);
  CHECK(what_is_seen(rebuilt, "1.7.5", "20260311-095911/1.7.5-g9979d16") == Seen::target);
}

TEST_CASE("one build of one version") {
  // Built for another model, minutes later.
  CHECK(is_same_build("20260311-095853/1.7.5-g9979d16", "20260311-095857/1.7.5-g9979d16"));
  CHECK(is_same_build("20260423-102553/2.0.0-beta1-g8c7700a",
                      "20260423-102600/2.0.0-beta1-g8c7700a"));
  // Without a version.
  CHECK(is_same_build("20250819-150404/ga0def2d", "20250819-150402/ga0def2d"));
  CHECK_FALSE(is_same_build("20250819-150404/ga0def2d", "20250915-120859/gb95ce8e"));
  // A Wall Display's.
  CHECK(is_same_build("20240522-084653/2.0.2-5b0f7b6f", "20240522-084710/2.0.2-5b0f7b6f"));
  CHECK_FALSE(is_same_build("20240522-084653/2.0.2-5b0f7b6f", "20240522-084710/2.0.2-5b0f7b70"));
  // From the factory; and one that has its date only.
  CHECK(is_same_build("20240820-134301/1.2.3-plugsg3prod0-gec79607",
                      "20240820-134301/1.2.3-plugsg3prod0-gec79607"));
  CHECK(is_same_build("20230308-091102/0.14.1", "20230308-091102/0.14.1-g1234567"));
  CHECK_FALSE(is_same_build("20230308-091102/0.14.1", "20230308-091103/0.14.1"));
  // The same date will do, and the same hash.
  CHECK(is_same_build("20260311-095853/1.7.5-g9979d16", "20260311-095853/1.7.5-g0000000"));
  CHECK_FALSE(is_same_build("20260311-095853/1.7.5-g9979d16", "20260311-095857/1.7.5-g9979d17"));
  // Nothing that both tell is nothing that differs.
  CHECK(is_same_build("", "20260311-095857/1.7.5-g9979d16"));
  CHECK(is_same_build("", ""));
  CHECK(is_same_build("1.7.5-g9979d16", "20260311-095857/1.7.5"));
  CHECK_FALSE(is_same_build("1.7.5-g9979d16", "20260311-095857/1.7.5-gabcdef0"));
  // What only looks like a hash is none: too short, or the beginning of a word.
  CHECK(is_same_build("1.7.5-g12", "1.7.5-g13"));
  CHECK(is_same_build("1.7.5-gateway", "1.7.5-gadgets"));
}

TEST_CASE("who may be sent an update") {
  for (const UpdateState state : {kNone, kUpdated}) {
    CHECK(kind_of(record_sent_at(state), "1.8.0", "") == Verdict::Kind::may_be_sent);
    CHECK(probe::judge(record_sent_at(state), "1.8.0", "", kNow, ota()).attempt == 1);
  }
  CHECK(probe::judge({}, "1.7.5", kBuild, kNow, ota()).attempt == 1);
  for (const UpdateState state : {kSent, kLost}) {
    CHECK(kind_of(record_sent_at(state)) == Verdict::Kind::in_progress);
    CHECK(kind_of(record_sent_at(state), "1.8.0", "") == Verdict::Kind::in_progress);
    CHECK(kind_of(record_sent_at(state, 1)) == Verdict::Kind::in_progress);
  }
  const Verdict unreadable = probe::judge(record_sent_at(kUnreadable), "1.8.0", "", kNow, ota());
  CHECK(unreadable.kind == Verdict::Kind::held);
  CHECK(unreadable.reason == "stage3.ota cannot be read");
}

TEST_CASE("between two sends that came to nothing lies ota.retry_after, whatever the build") {
  for (const UpdateState state : {kUnchanged, kUnstable, kOther, kRefused}) {
    CAPTURE(static_cast<int>(state));
    CHECK(kind_of(record_sent_at(state, kNow - 71999)) == Verdict::Kind::held);
    CHECK(kind_of(record_sent_at(state, kNow - 71999), "1.8.0", "") == Verdict::Kind::held);
    CHECK(kind_of(record_sent_at(state, kNow - 72000)) == Verdict::Kind::may_be_sent);
    CHECK(kind_of(record_sent_at(state, kNow - 72000), "1.8.0", "") == Verdict::Kind::may_be_sent);
  }
  CHECK(probe::judge(failed(7200), "1.7.5", kBuild, kNow, ota()).reason ==
        "unchanged 2 h ago, again in 18 h");
}

TEST_CASE("one build is sent ota.max_attempts times at most, and another one anew") {
  const std::string other_date = "20260311-095901/1.7.5-g9979d16";
  CHECK(probe::judge(failed(72000), "1.7.5", kBuild, kNow, ota()).attempt == 2);
  CHECK(probe::judge(failed(72000), "1.7.5", other_date, kNow, ota()).attempt == 2);
  CHECK(probe::judge(failed(72000, 2), "1.7.5", kBuild, kNow, ota()).reason ==
        "tried 2 times, unchanged");
  CHECK(kind_of(failed(72000, 2)) == Verdict::Kind::held);
  CHECK(kind_of(failed(720000, 3), "1.7.5", other_date) == Verdict::Kind::held);
  CHECK(kind_of(failed(72000, 2147483647)) == Verdict::Kind::held);
  CHECK(probe::judge(failed(72000, 2), "1.8.0", "", kNow, ota()).attempt == 1);
  CHECK(probe::judge(failed(72000, 2), "1.7.5", "20260401-000000/1.7.5-gabcdef0", kNow, ota())
            .attempt == 1);
  Config::Ota once = ota();
  once.max_attempts = 1;
  CHECK(probe::judge(failed(72000), "1.7.5", kBuild, kNow, once).reason ==
        "tried 1 time, unchanged");
}

TEST_CASE("who ran a build and came away from it has had its attempt") {
  UpdateRecord record = record_sent_at(kUpdated, kNow - 72000);
  CHECK(probe::judge(record, "1.7.5", kBuild, kNow, ota()).attempt == 2);
  record.attempts = 2;
  CHECK(kind_of(record) == Verdict::Kind::held);
}

TEST_CASE("where nobody knows the time nobody knows when it may be tried again") {
  CHECK(kind_of(failed(720000), "1.7.5", kBuild, 0) == Verdict::Kind::held);
  CHECK(kind_of(record_sent_at(kUpdated), "1.8.0", "", 0) == Verdict::Kind::may_be_sent);
  Config::Ota at_once = ota();
  at_once.retry_after = 0s;
  CHECK(probe::judge(failed(5), "1.7.5", kBuild, 0, at_once).attempt == 2);
}

TEST_CASE("failures that are forgiven count as never tried, but for what may still be under way") {
  const auto forgiven = [](UpdateState state, std::int64_t age) {
    UpdateRecord record = record_sent_at(state);
    record.sent_at = kNow - age;
    record.attempts = 2;
    return probe::judge(record, "1.7.5", kBuild, kNow, ota(), true);
  };
  for (const UpdateState state : {kUnchanged, kUnstable, kOther, kRefused}) {
    CAPTURE(to_string(state));
    CHECK(forgiven(state, 600).kind == Verdict::Kind::may_be_sent);
    CHECK(forgiven(state, 600).attempt == 1);
    CHECK((forgiven(state, 599).kind == Verdict::Kind::held) == (state != kRefused));
  }
  for (const UpdateState state : {kSent, kLost, kUnreadable})
    CHECK(forgiven(state, 720000).kind != Verdict::Kind::may_be_sent);
  CHECK(forgiven(kUpdated, 720000).kind == Verdict::Kind::held);
}

TEST_CASE("nothing follows a send before its deadline, however soon it may be tried again") {
  Config::Ota at_once = ota();
  at_once.retry_after = 0s;
  for (const UpdateState state : {kUnchanged, kUnstable, kOther}) {
    UpdateRecord record = record_sent_at(state);
    record.sent_at = kNow - 599;
    CHECK(probe::judge(record, "1.8.0", "", kNow, at_once).kind == Verdict::Kind::held);
    record.sent_at = kNow - 600;
    CHECK(probe::judge(record, "1.8.0", "", kNow, at_once).kind == Verdict::Kind::may_be_sent);
  }
}

TEST_CASE("a version is the same in any spelling") {
  UpdateRecord record = record_sent_at(kUnchanged);
  record.to = "v1.7.5";
  record.attempts = 2;
  record.sent_at = kNow - 720000;
  CHECK(probe::judge(record, "1.7.5", kBuild, kNow, ota()).kind == Verdict::Kind::held);
  CHECK(what_is_seen(record, "1.7.5", kBuild) == Seen::target);
}
