// How the probe asks: the one repetition.

#include <vector>

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

TEST_CASE("what fails in passing is read once more") {
  for (const Cause cause :
       {Cause::refused, Cause::reset, Cause::closed, Cause::timeout, Cause::unreachable}) {
    CAPTURE(to_string(cause));
    Talk talk(ota_only());
    talk.identified();
    talk.expect_get(kCheck);
    talk.fails(cause);
    talk.pause();
    talk.get(kCheck, "{}");
    CHECK(talk.done().ota_status == OtaStatus::up_to_date);
    CHECK(talk.done().error_text() == "");
  }
  for (const int status : {500, 502, 503, 504}) {
    CAPTURE(status);
    Talk talk(ota_only());
    talk.identified();
    talk.expect_get(kCheck);
    talk.answer(status, "Internal Server Error");
    talk.pause();
    talk.get(kCheck, "{}");
    CHECK(talk.done().ota_status == OtaStatus::up_to_date);
  }
}

TEST_CASE("an answer is an answer, and is not asked for again") {
  for (const int status : {400, 403, 404, 204, 302}) {
    CAPTURE(status);
    Talk talk(ota_only());
    talk.identified();
    talk.expect_get(kCheck);
    talk.answer(status);
    CHECK(talk.done().ota_status == OtaStatus::check_failed);
  }
  Talk rpc(ota_only());
  rpc.identified();
  rpc.expect_get(kCheck);
  rpc.answer(500, R"({"code":-108,"message":"Resource exhausted"})");
  CHECK(rpc.done().error_text() == "OTA: HTTP 500 (-108 Resource exhausted)");
  for (const Cause cause : {Cause::malformed, Cause::too_large, Cause::local}) {
    Talk talk(ota_only());
    talk.identified();
    talk.expect_get(kCheck);
    talk.fails(cause);
    CHECK(talk.done().ota_status == OtaStatus::check_failed);
  }
}

TEST_CASE("each reading call has its own one repetition") {
  Talk talk(naming_only());
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.fails(Cause::reset);
  talk.pause();
  talk.get(kInfo, info(""));
  talk.expect_get(kConfig);
  talk.fails(Cause::reset);
  talk.pause();
  talk.get(kConfig, sys_config(R"("Neu")"));
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("the pause is spread over the fleet") {
  std::vector<Duration> pauses;
  for (const char* mac : {"A8032ABE54DC", "A8032ABE54DD", "34945472A643", "08B61FCD36A8"}) {
    Device device = a_device();
    device.mac = *Mac::parse(mac);
    Talk talk(Policy(), device);
    talk.ping(true);
    talk.expect_get(kInfo);
    talk.fails(Cause::reset);
    pauses.push_back(std::get<Wait>(talk.action()).time);
  }
  bool differ = false;
  for (const Duration pause : pauses)
    differ = differ || pause != pauses.front();
  CHECK(differ);
}

TEST_CASE("what writes and had to wait goes only to a device that says once more who it is") {
  Talk talk(naming_only());
  talk.identified();
  CHECK(talk.expect_get(kSetName).writes);
  talk.disturb(Postponed{});
  CHECK_FALSE(talk.expect_get(kInfo).writes);
  talk.disturb(Postponed{});  // not for this call
  CHECK(talk.done().outcome == Outcome::failed);
}

TEST_CASE("what had to wait is sent as it would have been, again and again if need be") {
  Talk talk(naming_only());
  talk.identified();
  for (int i = 0; i < 3; ++i) {
    CHECK(talk.expect_get(kSetName).writes);
    talk.disturb(Postponed{});
    talk.get(kInfo, info());
  }
  talk.get(kSetName, "{}");
  talk.get(kInfo, info(R"("name":"Neu")"));
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
}

TEST_CASE("nothing is written to who has taken the address while a write had to wait") {
  const std::string stranger = info_of("34945472A643");
  Talk naming(naming_only());
  naming.identified();
  naming.disturb(Postponed{});
  naming.get(kInfo, stranger);
  CHECK(naming.done().ota_status == OtaStatus::error);
  CHECK_FALSE(naming.done().friendly_status);

  Talk update(ota_only());
  update.identified();
  update.get(kCheck, offer("1.7.5"));
  update.allow_update();
  CHECK(update.expect_get(kUpdate).writes);
  // What was written down of it would not be true later.
  update.disturb(Postponed{});
  CHECK(update.done().ota_status == OtaStatus::update_available);
  CHECK(update.done().held == "changes were held back");
  CHECK_FALSE(update.done().update_sent);
  CHECK_FALSE(update.probe().update_left());
}
