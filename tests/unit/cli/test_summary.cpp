#include "summary.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace stage3;
using cli::Changes;

namespace {

Config updating() {
  Config config;
  config.ota.mode = OtaMode::check_and_update;
  return config;
}

DeviceResult offered() {
  DeviceResult result;
  result.outcome = Outcome::ok;
  result.ota_status = OtaStatus::update_available;
  return result;
}

std::size_t would_update(const DeviceResult& result, const Config& config, bool dry_run = true) {
  Changes changes;
  changes.add(result, config, dry_run);
  return changes.would_update;
}

}  // namespace

TEST_CASE("names that were written count, in a dry run those that would be") {
  DeviceResult result;
  result.friendly_status = FriendlyStatus::ok;
  Changes changes;
  changes.add(result, {}, false);
  CHECK(changes.names == 0);
  result.name_changed = true;
  changes.add(result, {}, false);
  CHECK(changes.names == 1);
  CHECK(changes.would_rename == 0);
  changes.add(result, {}, true);
  CHECK(changes.names == 1);
  CHECK(changes.would_rename == 1);
  result.friendly_status = FriendlyStatus::error;
  changes.add(result, {}, false);
  CHECK(changes.names == 1);
}

TEST_CASE("a dry run counts the updates that a real one would start") {
  CHECK(would_update(offered(), updating()) == 1);
  CHECK(would_update(offered(), updating(), false) == 0);
  CHECK(would_update(offered(), Config()) == 0);
  DeviceResult result = offered();
  result.update_held = true;
  CHECK(would_update(result, updating()) == 0);
  result = offered();
  result.ota_status = OtaStatus::up_to_date;
  CHECK(would_update(result, updating()) == 0);
  result = offered();
  UpdateRecord record;
  record.state = UpdateState::sent;
  result.ota = std::make_shared<UpdateRecord>(record);
  CHECK(would_update(result, updating()) == 0);
  result = offered();
  result.errors.push_back({Part::ota, Cause::not_installed, 0, 0, "OTA: unchanged"});
  CHECK(would_update(result, updating()) == 0);
  result.errors.front().part = Part::friendly;
  CHECK(would_update(result, updating()) == 1);
}

TEST_CASE("the summary appends what is not 0") {
  Summary summary;
  summary.total = 10;
  summary.ok = 4;
  summary.failed = 3;
  CHECK(cli::summary_line(summary, {}) == "Stage 3 summary: total=7 ok=4 failed=3 cancelled=3");
  summary.offline = 3;
  summary.updates = 2;
  CHECK(cli::summary_line(summary, {5, 0, 0}) ==
        "Stage 3 summary: total=10 ok=4 failed=3 offline=3 updates=2 names=5");
  CHECK(cli::summary_line({}, {0, 4, 6}) ==
        "Stage 3 summary: total=0 ok=0 failed=0 would_update=4 would_rename=6");
  CHECK(
      cli::summary_json({}, {0, 4, 6}, true) ==
      R"({"v":1,"type":"summary","total":0,"ok":0,"failed":0,"offline":0,"updates":0,"updated":0,)"
      R"("held":0,"cancelled":0,"names":0,"would_update":4,"would_rename":6,"dry_run":true})");
}
