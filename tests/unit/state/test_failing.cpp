#include <doctest/doctest.h>
#include <stage3/state_store.hpp>
#include <stage3/text.hpp>

#include <string>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

constexpr std::int64_t kDay = 86400;

DeviceResult failed_result() {
  DeviceResult result = good_result(kKey);
  result.outcome = Outcome::failed;
  result.ota_status = OtaStatus::error;
  result.errors = {{Part::auth, Cause::login_refused, 401, 0, "auth: login refused"}};
  result.error_id = "auth.login_refused";
  return result;
}

std::string file_holding(const std::string& stage3) {
  return "{\"" + kKey + R"(":{"ip":"1.2.3.4","stage3":)" + stage3 + "}}";
}

/// A store over the file of a fleet of one, and what a run after `days` leaves in it.
class Night {
 public:
  void run(DeviceResult result, std::int64_t days) {
    StateStore store = StateStore::parse(text_);
    result.device = store.devices().at(0);
    result.finished_at = kRun + days * kDay;
    store.record(result);
    text_ = store.merged();
  }

  OnRecord on_record() const {
    const auto record = StateStore::parse(text_).devices().at(0).on_record;
    return record ? *record : OnRecord{};
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_ = file_holding("{}");
};

}  // namespace

TEST_CASE("a device fails since the first of the runs in a row that did not end well") {
  Night night;
  night.run(good_result(kKey), -9);
  CHECK(night.on_record().failing_since == 0);
  CHECK(night.text().find("failing_since") == std::string::npos);
  night.run(failed_result(), -8);
  CHECK(night.on_record().failing_since == kRun - 8 * kDay);
  night.run(offline_result(kKey), -7);
  night.run(failed_result(), -6);
  CHECK(night.on_record().failing_since == kRun - 8 * kDay);
  CHECK(night.on_record().last_run == kRun - 6 * kDay);
  night.run(good_result(kKey), -5);
  CHECK(night.on_record().failing_since == 0);
  CHECK(night.text().find("failing_since") == std::string::npos);
  night.run(offline_result(kKey), -4);
  CHECK(night.on_record().failing_since == kRun - 4 * kDay);
}

TEST_CASE("who was not done with says nothing of how the device does") {
  Night night;
  night.run(failed_result(), -2);
  const std::string before = night.text();
  DeviceResult cancelled = failed_result();
  cancelled.outcome = Outcome::cancelled;
  night.run(cancelled, -1);
  CHECK(night.text() == before);
}

TEST_CASE("the ids stand beside the texts, and go with them") {
  Night night;
  night.run(failed_result(), -2);
  CHECK(night.on_record().error_id == "auth.login_refused");
  night.run(good_result(kKey), -1);
  CHECK(night.on_record().error_id == "");
  CHECK(night.text().find("error_id") == std::string::npos);
}

TEST_CASE("ids are kept whole, as many as there is room for") {
  const auto recorded = [](const std::string& ids) {
    DeviceResult result = failed_result();
    result.error_id = ids;
    state::RecordMaker maker;
    return std::string(maker.make(result, nullptr, nullptr)->content().error_id);
  };
  const std::string id(63, 'x');
  const std::string four = id + " " + id + " " + id + " " + id;
  CHECK(recorded(four) == four);
  CHECK(recorded(four + "yy") == id + " " + id + " " + id);
  CHECK(recorded(four + " y") == four);
  CHECK(recorded(std::string(257, 'x')) == "");
  CHECK(recorded(std::string(257, '\x01')) == "");
}

TEST_CASE("a time that cannot be read gives way to the run's own") {
  for (const char* const value : {"7", "\"x\"", "\"2999-01-01T00:00:00Z\"", "null", "{}"}) {
    CAPTURE(value);
    StateStore store =
        StateStore::parse(file_holding(R"({"failing_since":)" + std::string(value) + "}"));
    DeviceResult result = failed_result();
    result.device = store.devices().at(0);
    store.record(result);
    CHECK(store.merged().find("\"failing_since\":\"" + to_utc(kRun) + "\"") != std::string::npos);
  }
}

TEST_CASE("what is on record stays where a result knows of no run before it") {
  const std::string since = "2026-11-01T00:00:00Z";
  StateStore store = StateStore::parse(file_holding(R"({"failing_since":")" + since + "\"}"));
  store.record(failed_result());
  CHECK(store.merged().find(since) != std::string::npos);
  // Until one of this very run has done well.
  store.record(good_result(kKey));
  store.record(failed_result());
  CHECK(store.merged().find(since) == std::string::npos);
  CHECK(store.merged().find("\"failing_since\":\"" + to_utc(kRun)) != std::string::npos);
}

TEST_CASE("an intent says nothing of how the device does") {
  StateStore store = StateStore::parse(
      file_holding(R"({"error_id":"ota.rpc","failing_since":"2026-11-01T00:00:00Z"})"));
  store.record_update(store.devices().at(0),
                      {UpdateState::sent, "1.4.4", "1.7.5", "", kRun, 0, 1, ""});
  const std::string text = store.merged();
  CHECK(text.find("\"failing_since\":\"2026-11-01T00:00:00Z\"") != std::string::npos);
  CHECK(text.find("\"error_id\":\"ota.rpc\"") != std::string::npos);
}
