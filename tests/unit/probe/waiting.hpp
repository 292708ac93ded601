#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "conversation.hpp"

namespace stage3 {

constexpr std::int64_t kUtc = 1'780'000'000;

/// Updates are installed, and waited for.
inline Policy waiting() {
  Policy policy = ota_only();
  policy.config.ota.wait = true;
  return policy;
}

/// The identity of the device with what was sent to it: built for its model, at another time.
inline std::string info_new() {
  return info_with("1.7.5", "20260311-095911/1.7.5-g0000000");
}

/// What is on record of an update to 1.7.5 that was sent so long ago.
inline UpdateRecord a_record(UpdateState state, std::int64_t ago) {
  return {state, "1.7.0", "1.7.5", "20260311-095857/1.7.5-g0000000", kUtc - ago, 0, 1, ""};
}

inline Device recorded(UpdateRecord record) {
  OnRecord on_record;
  on_record.ota = std::make_shared<const UpdateRecord>(std::move(record));
  Device device = a_device();
  device.on_record = std::make_shared<const OnRecord>(std::move(on_record));
  return device;
}

/// A talk with a clock: begins at kUtc, and goes on only while something is waited for.
class Waiting : public Talk {
 public:
  explicit Waiting(Policy policy = waiting(), Device device = a_device())
      : Talk(std::move(policy), std::move(device), {kUtc, kBoot}) {}

  /// A device that is away is left alone for so long.
  void away(Duration time) {
    CAPTURE(probe().result().error_text());
    const auto* wait = std::get_if<Wait>(&action());
    REQUIRE(wait != nullptr);
    CHECK(wait->is_away);
    CHECK(wait->time == time);
    CHECK(probe().progress().is_away);
    pass(time);
  }
  /// Waits as long as is wanted; the time goes by all the same.
  void away() {
    const auto* wait = std::get_if<Wait>(&action());
    REQUIRE(wait != nullptr);
    REQUIRE(wait->is_away);
    pass(wait->time);
  }
  void grant() { disturb(Granted{true, false, {}, moment()}); }
  void decline(const std::string& why) { disturb(Granted{false, false, why, moment()}); }
  void later(Duration time) { passed_ += time; }

  /// Up to the permit for 1.7.5.
  void go_to_offer() {
    identified();
    get(kCheck, offer("1.7.5"));
    REQUIRE(std::holds_alternative<Permit>(action()));
  }
  /// Up to the send, which is answered with yes.
  void go_to_send() {
    go_to_offer();
    grant();
    get(kStatus, shelly::sys_status(kUptime));
    get(kInfo, info());
    get(kUpdate, "null");
  }
  /// Sent, and the quiet time is over.
  void go_away() {
    go_to_send();
    away(std::chrono::seconds(20));
  }
  void silent() {
    expect_get(kInfo);
    fails(Cause::timeout);
  }
  /// Runs what it ran before, for so long.
  void old_version(int uptime) {
    get(kInfo, info());
    get(kStatus, shelly::sys_status(uptime));
  }
  void new_version(int uptime) {
    get(kInfo, info_new());
    get(kStatus, shelly::sys_status(uptime));
  }
  /// All is asked once more, and nothing is to do any more.
  const DeviceResult& is_current() {
    get(kInfo, info_new());
    get(kCheck, "{}");
    CHECK(done().ota_status == OtaStatus::up_to_date);
    CHECK(done().outcome == Outcome::ok);
    CHECK(done().error_text() == "");
    return done();
  }

  std::int64_t utc() const { return moment().utc; }
  Moment moment() const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed_);
    return {kUtc + seconds.count(), kBoot + passed_};
  }

 private:
  static constexpr Duration kBoot = std::chrono::seconds(5000);

  void pass(Duration time) {
    passed_ += time;
    disturb(Waited{moment()});
  }

  Duration passed_{};
};

/// What is on record stays as it is.
inline bool has_no_news(const DeviceResult& result) {
  return result.ota == nullptr;
}

/// It is told that an update is under way, as it is on record.
inline bool tells_what_is_on_record(const DeviceResult& result) {
  return result.ota != nullptr && result.ota == result.device.on_record->ota &&
         result.ota->state == UpdateState::sent;
}

/// What is to be on record at the end.
inline UpdateRecord record_of(const DeviceResult& result) {
  REQUIRE_FALSE(has_no_news(result));
  return *result.ota;
}

inline UpdateState state_of(const DeviceResult& result) {
  return record_of(result).state;
}

}  // namespace stage3
