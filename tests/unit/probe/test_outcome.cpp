// How a conversation ends: abandoned, driven out of order, or over.

#include "conversation.hpp"

using namespace stage3;

namespace {

void check_out_of_order(Talk& talk) {
  CHECK(talk.done().outcome == Outcome::failed);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "entry: the conversation was driven out of order");
}

void send_update(Talk& talk) {
  talk.identified(info(R"("name":"Neu")"));
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_get(kUpdate);
}

}  // namespace

TEST_CASE("an abandoned conversation is cancelled") {
  Talk talk(updating());
  talk.identified();
  talk.expect_get(kSetName);
  talk.probe().abandon();
  CHECK(talk.probe().result().outcome == Outcome::cancelled);
  CHECK_FALSE(talk.probe().result().ota_status);
  CHECK_FALSE(talk.probe().result().friendly_status);
}

TEST_CASE("one that never started is cancelled too") {
  const Policy policy;
  DeviceProbe probe(policy, a_device());
  probe.abandon();
  CHECK(probe.result().outcome == Outcome::cancelled);
  CHECK(std::holds_alternative<Done>(probe.on(Started{})));
  CHECK(probe.result().outcome == Outcome::cancelled);
}

TEST_CASE("an update on its way is told as one without an answer") {
  Talk talk(updating());
  send_update(talk);
  talk.probe().abandon();
  const DeviceResult& result = talk.probe().result();
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.friendly_status == FriendlyStatus::ok);
  CHECK(result.update_sent);
  CHECK(result.error_text() == "OTA: may have started, no answer");
}

TEST_CASE("an update whose call was not begun is not on its way") {
  Talk talk(updating());
  send_update(talk);
  talk.probe().abandon(false);
  CHECK(talk.probe().result().outcome == Outcome::cancelled);
  CHECK_FALSE(talk.probe().result().update_sent);
}

TEST_CASE("only calls that change the device are said to write") {
  Talk talk(updating());
  talk.ping(true);
  CHECK_FALSE(talk.expect_get(kInfo).writes);
  talk.get(kInfo, info());
  CHECK(talk.expect_get(kSetName).writes);

  Talk update(ota_only());
  update.identified();
  CHECK_FALSE(update.expect_get(kCheck).writes);
  update.get(kCheck, offer("1.7.5"));
  update.go_to_last_look();
  CHECK_FALSE(update.expect_get(kInfo).writes);
  update.get(kInfo, info());
  CHECK(update.expect_get(kUpdate).writes);
}

TEST_CASE("a name has been written once it left, unless only a login was wanted") {
  Talk talk(with_password(naming_only()));
  talk.identified();
  CHECK_FALSE(talk.probe().has_written(false));
  CHECK(talk.probe().has_written(true));
  talk.challenges();
  CHECK_FALSE(talk.probe().has_written(false));
  talk.expect_login(kSetName);
  talk.answer(200, "{}");
  CHECK(talk.probe().has_written(false));
  CHECK(talk.probe().has_written(true));
}

TEST_CASE("a call that is withheld ends the conversation") {
  Talk name(updating());
  name.identified();
  name.expect_get(kSetName);
  name.probe().withhold();
  CHECK(name.probe().result().outcome == Outcome::cancelled);
  CHECK_FALSE(name.probe().result().update_held);

  Talk update(ota_only());
  update.identified();
  update.get(kCheck, offer("1.7.5"));
  update.allow_update();
  update.expect_get(kUpdate);
  update.probe().withhold();
  CHECK(update.probe().result().outcome == Outcome::cancelled);
}

TEST_CASE("what was written before a call that is withheld is told") {
  Talk talk(updating());
  talk.identified();
  talk.get(kSetName, "{}");
  talk.get(kInfo, info(R"("name":"Neu")"));
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update(info(R"("name":"Neu")"));
  talk.expect_get(kUpdate);
  talk.probe().withhold();
  const DeviceResult& result = talk.probe().result();
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.name_changed);
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update_held);
  CHECK_FALSE(result.update_sent);
  CHECK_FALSE(talk.probe().update_left());
}

TEST_CASE("a result that is final is not changed by a call that is withheld") {
  Talk over(updating());
  over.identified();
  over.get(kSetName, "{}");
  over.get(kInfo, info(R"("name":"Neu")"));
  over.get(kCheck, "{}");
  REQUIRE(over.probe().result().outcome == Outcome::ok);
  over.probe().withhold();
  CHECK_FALSE(over.probe().result().update_held);

  Talk abandoned(updating());
  abandoned.identified();
  abandoned.get(kSetName, "{}");
  abandoned.probe().abandon();
  abandoned.probe().withhold();
  CHECK(abandoned.probe().result().outcome == Outcome::cancelled);
}

TEST_CASE("a stranger that takes over is not the right device's last sign of life") {
  Talk talk(updating());
  talk.identified(info(R"("name":"Neu")"));
  CHECK(talk.probe().seen());
  talk.get(kCheck, offer("1.7.5"));
  talk.go_to_last_look();
  talk.get(kInfo, R"({"mac":"A8032AFFFFFF","id":"x-a8032affffff","ver":"1.4.4"})");
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK_FALSE(talk.probe().seen());
}

TEST_CASE("an update that waits for its permit is not on its way") {
  Talk talk(ota_only());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  talk.probe().abandon();
  CHECK(talk.probe().result().outcome == Outcome::cancelled);
}

TEST_CASE("nothing changes a result after the end") {
  Talk talk(naming_only());
  talk.identified(info(R"("name":"Neu")"));
  CHECK(talk.done().outcome == Outcome::ok);
  talk.disturb(Started{});
  talk.disturb(Pinged{true});
  talk.disturb(Waited{});
  talk.disturb(Granted{true});
  talk.answer(200, info());
  talk.probe().abandon();
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(talk.done().error_text() == "");

  Talk abandoned(updating());
  send_update(abandoned);
  abandoned.probe().abandon();
  abandoned.answer(500);
  CHECK(abandoned.done().ota_status == OtaStatus::update_available);
  abandoned.probe().abandon();
  CHECK(abandoned.done().outcome == Outcome::ok);
}

TEST_CASE("a stray event is an error result") {
  Talk started;
  started.disturb(Started{});
  check_out_of_order(started);

  Talk replied;
  replied.answer(200, info());
  check_out_of_order(replied);

  Talk waited;
  waited.ping(true);
  waited.disturb(Waited{});
  check_out_of_order(waited);

  Talk pinged;
  pinged.ping(true);
  pinged.disturb(Pinged{true});
  check_out_of_order(pinged);

  Talk granted;
  granted.identified();
  granted.disturb(Granted{true});
  check_out_of_order(granted);

  const Policy policy;
  DeviceProbe fresh(policy, a_device());
  CHECK(std::holds_alternative<Done>(fresh.on(Granted{true})));
  CHECK(fresh.result().outcome == Outcome::failed);
}
