#include "state/results.hpp"

#include <doctest/doctest.h>
#include <stage3/error.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

TEST_CASE("a result becomes a record") {
  state::RecordMaker maker;
  DeviceResult result = good_result(kKey);
  result.update = "2.0.0";
  const auto record = maker.make(result, nullptr, nullptr);
  const state::Record::Content content = record->content();
  CHECK(content.last_run == kRun);
  CHECK(content.ota_status == OtaStatus::up_to_date);
  CHECK(content.friendly_status == FriendlyStatus::ok);
  CHECK(content.error.empty());
  REQUIRE(content.observation);
  CHECK(content.observation->last_seen == kRun);
  CHECK(content.observation->fw == result.fw);
  CHECK(content.observation->fw_id == result.fw_id);
  CHECK(content.observation->app == result.app);
  CHECK(content.observation->id == result.id);
  CHECK(content.observation->update == result.update);
  CHECK(content.observation->device_name == result.device_name);
}

TEST_CASE("a name that is known to be empty is not the same as an unknown one") {
  state::RecordMaker maker;
  DeviceResult result = good_result(kKey);
  result.device_name = "";
  CHECK(maker.make(result, nullptr, nullptr)->content().observation->device_name == "");
  result.device_name.reset();
  CHECK_FALSE(maker.make(result, nullptr, nullptr)->content().observation->device_name);
}

TEST_CASE("what an earlier result brought stays where a later one brings nothing") {
  state::RecordMaker maker;
  const auto seen = maker.make(good_result(kKey), nullptr, nullptr);
  const auto offline = maker.make(offline_result(kKey), seen.get(), nullptr);
  const state::Record::Content content = offline->content();
  CHECK(content.ota_status == OtaStatus::offline);
  CHECK(content.friendly_status == FriendlyStatus::ok);
  CHECK(content.error == "reach: timeout");
  REQUIRE(content.observation);
  CHECK(content.observation->fw == "1.7.5");
  CHECK_FALSE(maker.make(offline_result(kKey), nullptr, nullptr)->content().observation);
}

TEST_CASE("a long error is recorded in part, at the end of a character, and marked") {
  const auto recorded = [](const std::string& text) {
    state::RecordMaker maker;
    DeviceResult result = offline_result(kKey);
    result.errors = {{Part::friendly, Cause::rpc, 500, -103, text}};
    return std::string(maker.make(result, nullptr, nullptr)->content().error);
  };
  CHECK(recorded(std::string(512, 'x')) == std::string(512, 'x'));
  CHECK(recorded(std::string(513, 'x')) == std::string(509, 'x') + "...");
  // \u00fc: six bytes each.
  CHECK(recorded(std::string(500, 'x') + "üü") == std::string(500, 'x') + "üü");
  CHECK(recorded(std::string(500, 'x') + "üüü") == std::string(500, 'x') + "ü...");
}

TEST_CASE("what is too long for a version, a model or an id is none") {
  state::RecordMaker maker;
  for (std::string DeviceResult::*const fact :
       {&DeviceResult::fw, &DeviceResult::fw_id, &DeviceResult::app, &DeviceResult::id,
        &DeviceResult::update, &DeviceResult::update_build}) {
    for (const auto& [text, is_recorded] : {std::pair(std::string(64, '1'), true),
                                            {std::string(65, '1'), false},
                                            {std::string(11, '\x01'), false}}) {
      DeviceResult result = good_result(kKey);
      result.update = "2";
      result.*fact = text;
      const auto record = maker.make(result, nullptr, nullptr);
      const state::Record::Observation seen = *record->content().observation;
      const std::string all = std::string(seen.fw) + "|" + std::string(seen.fw_id) + "|" +
                              std::string(seen.app) + "|" + std::string(seen.id) + "|" +
                              std::string(seen.update) + "|" + std::string(seen.update_build);
      CHECK((all.find(text) != std::string::npos) == is_recorded);
      CHECK(seen.device_name == result.device_name);
    }
  }
}

TEST_CASE("a snapshot stays as it is while results come in") {
  state::Results results(2);
  results.add(0, good_result(kKey), nullptr);
  {
    const state::Results::Snapshot snapshot(results);
    const std::vector<const state::Record*> records = snapshot.records();
    REQUIRE(records.size() == 2);
    CHECK(records[1] == nullptr);
    for (int i = 0; i < 3; ++i)
      results.add(0, offline_result(kKey), nullptr);
    results.add(1, good_result(kKey), nullptr);
    CHECK(records[0]->content().ota_status == OtaStatus::up_to_date);
  }
  const state::Results::Snapshot snapshot(results);
  CHECK(snapshot.records()[0]->content().ota_status == OtaStatus::offline);
  CHECK(snapshot.records()[1] != nullptr);
}
