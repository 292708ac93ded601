#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stage3/report.hpp>

/// A time that all of these tests share: 2026-11-23T12:00:00Z, and the length of an hour.
inline constexpr std::int64_t kNow = 1'795'435'200;
inline constexpr std::int64_t kHour = 3600;

/// A device without anything on record.
inline stage3::Device blank_device(int number) {
  stage3::Device device;
  char key[] = "A8032A0000xx";
  key[10] = "0123456789ABCDEF"[number >> 4 & 15];
  key[11] = "0123456789ABCDEF"[number & 15];
  device.key = key;
  device.mac = *stage3::Mac::parse(key);
  device.address_text = "10.0.0." + std::to_string(number);
  device.address = *stage3::Address::parse(device.address_text);
  return device;
}

/// One that is well, unless `change` makes something else of it.
template <class Change>
stage3::Device device_with(int number, const Change& change) {
  stage3::OnRecord record;
  record.ota_status = stage3::OtaStatus::up_to_date;
  record.friendly_status = stage3::FriendlyStatus::ok;
  record.last_run = kNow - 2 * kHour;
  record.fw = "1.7.5";
  record.app = "Plus1";
  record.device_name = "Lamp " + std::to_string(number);
  change(record);
  stage3::Device device = blank_device(number);
  device.on_record = std::make_shared<const stage3::OnRecord>(std::move(record));
  return device;
}

inline stage3::Device well(int number) {
  return device_with(number, [](stage3::OnRecord&) {});
}

/// One that an update was sent to, and whose version tries to be more than that.
inline stage3::Device under_way(int number) {
  return device_with(number, [](stage3::OnRecord& record) {
    stage3::UpdateRecord update;
    update.state = stage3::UpdateState::sent;
    update.from = "1.7.5";
    update.to = "2.0.0\x1b";
    update.sent_at = kNow - 2 * kHour;
    record.ota = std::make_shared<const stage3::UpdateRecord>(update);
  });
}

/// One whose login was refused.
inline stage3::Device locked(int number) {
  return device_with(number, [](stage3::OnRecord& record) {
    record.ota_status = stage3::OtaStatus::error;
    record.error = "auth: login refused";
    record.error_id = "auth.login_refused";
    record.failing_since = kNow - 50 * kHour;
  });
}
