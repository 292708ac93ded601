#include <doctest/doctest.h>

#include "fleet.hpp"

using namespace stage3;

namespace {

std::string told(const std::vector<Overview::Count>& counts) {
  std::string text;
  for (const Overview::Count& count : counts)
    text += count.word + '=' + std::to_string(count.devices) + ' ';
  return text;
}

std::string failures_of(const std::vector<Device>& devices) {
  std::string text;
  for (const auto& failure : overview_of(devices, nullptr, kNow).failures)
    text += failure.id + '=' + std::to_string(failure.devices.size()) + ' ';
  return text;
}

Device failed_with(const std::string& error, const std::string& error_id) {
  return device_with(1, [&](OnRecord& record) {
    record.ota_status = OtaStatus::check_failed;
    record.error = error;
    record.error_id = error_id;
  });
}

}  // namespace

TEST_CASE("each device is counted once, by what the last run came to") {
  Device unusable = well(6);
  unusable.defect = "ip is missing";
  const std::vector<Device> devices{
      well(1), locked(2), device_with(3, [](OnRecord& r) { r.ota_status = OtaStatus::offline; }),
      // The name failed when it last answered; now it is silent, and nothing else.
      device_with(4,
                  [](OnRecord& r) {
                    r.ota_status = OtaStatus::offline;
                    r.friendly_status = FriendlyStatus::error;
                  }),
      blank_device(5), unusable,
      device_with(7,
                  [](OnRecord& r) {
                    r.ota_status = OtaStatus::skipped;
                    r.friendly_status = FriendlyStatus::error;
                  }),
      device_with(8, [](OnRecord& r) {
        r.ota_status = OtaStatus::update_available;
        r.update = "2.0.0";
        r.last_run = kNow - kHour;
      })};
  const Overview all = overview_of(devices, nullptr, kNow);
  CHECK(all.ok == 2);
  CHECK(all.failed == 3);
  CHECK(all.offline == 2);
  CHECK(all.unknown == 1);
  CHECK(all.updates == 1);
  CHECK(all.last_run == kNow - kHour);
  CHECK(told(all.ota_status) == "up_to_date=2 update_available=1 offline=2 error=1 skipped=1 ");
  CHECK(told(all.friendly_status) == "ok=5 error=2 ");
  CHECK_FALSE(all.has_earlier);
}

TEST_CASE("versions are counted by app, the newest and the most frequent first") {
  std::vector<Device> devices;
  for (const char* fw : {"1.4.4", "1.10.0", "1.10.0-beta1", "1.9.2", "1.10.0"})
    devices.push_back(device_with(1, [&](OnRecord& record) { record.fw = fw; }));
  devices.push_back(device_with(2, [](OnRecord& record) { record.app = "Mini"; }));
  devices.push_back(blank_device(3));
  const Overview all = overview_of(devices, nullptr, kNow);
  REQUIRE(all.apps.size() == 3);
  CHECK(all.apps[0].name == "Plus1");
  CHECK(all.apps[0].devices == 5);
  CHECK(told(all.apps[0].versions) == "1.10.0=2 1.10.0-beta1=1 1.9.2=1 1.4.4=1 ");
  CHECK(all.apps[1].name.empty());
  CHECK(told(all.apps[1].versions) == "=1 ");
  CHECK(all.apps[2].name == "Mini");
}

TEST_CASE("failures are put together by the first kind of each") {
  CHECK(failures_of({locked(1), failed_with("OTA: HTTP 500", "ota.http"), locked(2)}) ==
        "auth.login_refused=2 ota.http=1 ");
  CHECK(failures_of({failed_with("x", "ota.http friendly.http")}) == "ota.http=1 ");
  SUBCASE("a file that says no kind has the part at least") {
    CHECK(failures_of({failed_with("OTA: HTTP 500", "")}) == "ota=1 ");
    CHECK(failures_of({failed_with("friendly: HTTP 500", "no.such_row")}) == "friendly=1 ");
    CHECK(failures_of({failed_with("authority", ""), failed_with("", "")}) == "other=2 ");
  }
  SUBCASE("since the first of them") {
    const std::vector<Device> devices{locked(1), device_with(2, [](OnRecord& r) {
                                        r.ota_status = OtaStatus::error;
                                        r.error_id = "auth.login_refused";
                                        r.failing_since = kNow - 90 * kHour;
                                      })};
    CHECK(overview_of(devices, nullptr, kNow).failures.at(0).since == kNow - 90 * kHour);
  }
}

TEST_CASE("records of updates are counted by their state") {
  std::vector<Device> devices;
  for (const UpdateState state : {UpdateState::sent, UpdateState::updated, UpdateState::updated,
                                  UpdateState::unreadable, UpdateState::none}) {
    devices.push_back(device_with(1, [&](OnRecord& record) {
      UpdateRecord update;
      update.state = state;
      record.ota = std::make_shared<const UpdateRecord>(update);
    }));
  }
  CHECK(told(overview_of(devices, nullptr, kNow).update_states) ==
        "sent=1 updated=2 unreadable=1 ");
}
