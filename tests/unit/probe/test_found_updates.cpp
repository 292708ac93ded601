// Updates that were sent by an earlier run, or by another machine.

#include "waiting.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// What a run that does not wait comes to on a device with this record.
struct Found : Waiting {
  explicit Found(UpdateRecord record, Policy policy = ota_only())
      : Waiting(std::move(policy), recorded(std::move(record))) {}

  /// It runs this version; its uptime is asked where it is what was sent.
  const DeviceResult& runs(const std::string& identity, const std::string& offers) {
    identified(identity);
    get(kCheck, offers);
    return done();
  }
  void is_offline() {
    ping(false);
    expect_get(kInfo);
    fails(Cause::timeout);
  }
};

Policy checking() {
  Policy policy = ota_only();
  policy.config.ota.mode = OtaMode::check_only;
  return policy;
}

Policy dry() {
  Policy policy = waiting();
  policy.dry_run = true;
  return policy;
}

}  // namespace

TEST_CASE("nothing is sent to a device that is being updated") {
  for (const char* version : {"1.7.5", "1.8.0"}) {
    CAPTURE(version);
    Found talk(a_record(UpdateState::sent, 120));
    const DeviceResult& result = talk.runs(info(), offer(version));
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.outcome == Outcome::ok);
    CHECK_FALSE(result.update_held);
    CHECK(tells_what_is_on_record(result));
    CHECK(talk.probe().progress().ended == 0);
  }
}

TEST_CASE("a run that waits joins in") {
  Found talk(a_record(UpdateState::sent, 120), waiting());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  talk.away(5s);
  talk.old_version(kUptime);
  talk.away(5s);
  talk.new_version(3);
  CHECK(record_of(talk.is_current()).ended_at == kUtc + 7);
  CHECK(talk.probe().progress().sent == 0);
  CHECK(talk.probe().progress().ended == 1);
  CHECK_FALSE(talk.probe().result().update_sent);
}

TEST_CASE("it joins in also where nothing is offered any more, or cannot be asked for") {
  for (const int status : {200, 500}) {
    Found talk(a_record(UpdateState::sent, 120), waiting());
    talk.identified();
    talk.expect_get(kCheck);
    talk.answer(status, status == 200 ? "{}" : R"({"code":-114})");
    talk.away(5s);
    talk.new_version(3);
    talk.is_current();
  }
}

TEST_CASE("who joins in waits until the deadline of the send") {
  Found talk(a_record(UpdateState::sent, 592), waiting());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  talk.away(5s);
  talk.old_version(kUptime);
  talk.away(3s);
  talk.old_version(kUptime);
  CHECK(state_of(talk.done()) == UpdateState::unchanged);
  CHECK(talk.done().outcome == Outcome::failed);
}

TEST_CASE("who joins in and gives up leaves it sent, and says what") {
  Found talk(a_record(UpdateState::sent, 120), waiting());
  talk.is_offline();
  talk.probe().abandon();
  const DeviceResult& result = talk.probe().result();
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update == "1.7.5");
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.error_text() == "");
  CHECK(tells_what_is_on_record(result));
}

TEST_CASE("a device that is found away is waited for, and begins anew") {
  Found talk(a_record(UpdateState::sent, 120), with_password(waiting()));
  talk.is_offline();
  talk.away(5s);
  talk.silent();
  talk.away(5s);
  CHECK_FALSE(talk.probe().seen());
  talk.get(kInfo, info_new());
  CHECK(talk.probe().seen());
  // Its login is made as any other's, though it was not seen before.
  talk.get_by_login(kStatus, shelly::sys_status(3));
  talk.get(kInfo, info_new());
  talk.get_with_login(kCheck, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(talk.done().error_text() == "");
  CHECK(state_of(talk.done()) == UpdateState::updated);
}

TEST_CASE("a device that refuses connections while it boots is not taken to speak TLS") {
  Found talk(a_record(UpdateState::sent, 120), waiting());
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.fails(Cause::refused);
  while (std::holds_alternative<Call>(talk.action()))
    talk.fails(Cause::refused);
  while (!std::get<Wait>(talk.action()).is_away) {
    talk.pause();
    while (std::holds_alternative<Call>(talk.action()))
      talk.fails(Cause::refused);
  }
  talk.away();
  CHECK_FALSE(talk.expect_get(kInfo).tls);
  talk.new_version(3);
  talk.is_current();
}

TEST_CASE("a device that is found away is offline where nobody waits") {
  Found talk(a_record(UpdateState::sent, 599));
  talk.is_offline();
  CHECK(talk.done().ota_status == OtaStatus::offline);
  CHECK(talk.done().outcome == Outcome::offline);
  CHECK(tells_what_is_on_record(talk.done()));
}

TEST_CASE("after the deadline it is lost, with and without waiting") {
  for (const Policy& policy : {ota_only(), waiting(), checking(), dry()}) {
    Found talk(a_record(UpdateState::sent, 600), policy);
    talk.is_offline();
    CHECK(state_of(talk.done()) == UpdateState::lost);
    CHECK(talk.done().ota_status == OtaStatus::offline);
    CHECK(talk.done().outcome == Outcome::failed);
    CHECK(talk.done().update_ended);
    CHECK(talk.done().error_text() == "OTA: lost: 1.7.5 was sent 10 min ago, not seen since");
  }
}

TEST_CASE("one that an earlier run has seen after the send is not told as never seen") {
  const auto lost = [](std::int64_t seen_ago, const std::string& fw) {
    Device device = recorded(a_record(UpdateState::sent, 3600));
    OnRecord on_record = *device.on_record;
    on_record.last_seen = kUtc - seen_ago;
    on_record.fw = fw;
    device.on_record = std::make_shared<const OnRecord>(std::move(on_record));
    Waiting talk(ota_only(), device);
    talk.ping(false);
    talk.silent();
    CHECK(state_of(talk.done()) == UpdateState::lost);
    return talk.done().error_text();
  };
  // The answer to the send is no sight of what has become of it.
  CHECK(lost(3580, "1.7.0") == "OTA: lost: 1.7.5 was sent 60 min ago, not seen since");
  CHECK(lost(3579, "1.7.0") ==
        "OTA: lost: 1.7.5 was sent 60 min ago, still ran 1.7.0, not seen for 59 min");
  // A version that was not recorded with it says nothing.
  CHECK(lost(1800, "") == "OTA: lost: 1.7.5 was sent 60 min ago, not seen for 30 min");
}

TEST_CASE("one that this run has seen, and waits for in vain, is not told as never seen") {
  Found talk(a_record(UpdateState::sent, 480), waiting());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  while (std::holds_alternative<Wait>(talk.action())) {
    talk.away();
    talk.silent();
  }
  CHECK(state_of(talk.done()) == UpdateState::lost);
  CHECK(talk.done().error_text() ==
        "OTA: lost: 1.7.5 was sent 10 min ago, still ran 1.7.0, not seen for 2 min");
}

TEST_CASE("what was lost in an earlier run is offline in this one") {
  Found talk(a_record(UpdateState::lost, 600), waiting());
  talk.is_offline();
  CHECK(talk.done().outcome == Outcome::offline);
  CHECK(has_no_news(talk.done()));
}

TEST_CASE("each failure is one of the run that finds it, and only of that") {
  for (const Policy& policy : {ota_only(), waiting(), checking(), dry()}) {
    Found unchanged(a_record(UpdateState::sent, 600), policy);
    const DeviceResult& result = unchanged.runs(info(), offer("1.7.5"));
    CHECK(state_of(result) == UpdateState::unchanged);
    CHECK(record_of(result).ended_at == kUtc);
    CHECK(result.ota_status == OtaStatus::error);
    CHECK(result.outcome == Outcome::failed);
    CHECK(result.error_text() == "OTA: unchanged: 1.7.5 was sent, still runs 1.7.0");
    CHECK(result.update == "1.7.5");

    Found other(a_record(UpdateState::sent, 10), policy);
    CHECK(state_of(other.runs(info_with("1.7.3", ""), offer("1.7.5"))) == UpdateState::other);
    CHECK(other.done().outcome == Outcome::failed);
    CHECK(other.done().error_text() == "OTA: other: 1.7.5 was sent, runs 1.7.3");
  }
  for (const UpdateState state :
       {UpdateState::unchanged, UpdateState::other, UpdateState::unstable, UpdateState::refused}) {
    Found later(a_record(state, 3600));
    CHECK(later.runs(info(), offer("1.7.5")).outcome == Outcome::ok);
    CHECK(has_no_news(later.done()));
    CHECK(later.done().update_held);
    CHECK(later.done().held == std::string(to_string(state)) + " 60 min ago, again in 19 h");
  }
}

TEST_CASE("nothing is tried again in the run that has seen it fail") {
  Policy policy = ota_only();
  policy.config.ota.retry_after = 0s;
  policy.resume = true;
  Found talk(a_record(UpdateState::sent, 3600), policy);
  CHECK(state_of(talk.runs(info(), offer("1.7.5"))) == UpdateState::unchanged);
}

TEST_CASE("what was never answered has perhaps not been sent") {
  UpdateRecord record = a_record(UpdateState::sent, 3600);
  record.error = "may have started, no answer";
  Found talk(record);
  const DeviceResult& result = talk.runs(info(), offer("1.7.5"));
  CHECK(result.error_text() == "OTA: unchanged: 1.7.5 may have been sent, still runs 1.7.0");
  // Such a failure says nothing against the build.
  CHECK(record_of(result).error == "may have started, no answer");
}

TEST_CASE("what has been tried and may be tried again carries its attempts on") {
  Found talk(a_record(UpdateState::unchanged, 72000), waiting());
  talk.go_to_offer();
  const Permit permit = std::get<Permit>(talk.action());
  CHECK(permit.record.attempts == 2);
  CHECK_FALSE(permit.is_next_step);
  UpdateRecord twice = a_record(UpdateState::unchanged, 720000);
  twice.attempts = 2;
  Found held(twice);
  CHECK(held.runs(info(), offer("1.7.5")).held == "tried 2 times, unchanged");
  Policy policy = ota_only();
  policy.resume = true;
  Found resumed(twice, policy);
  resumed.go_to_offer();
  CHECK(std::get<Permit>(resumed.action()).record.attempts == 1);
}

TEST_CASE("a record that cannot be read is left, and nothing is sent") {
  UpdateRecord record;
  record.state = UpdateState::unreadable;
  Found talk(record);
  CHECK(talk.runs(info(), offer("1.7.5")).held == "stage3.ota cannot be read");
  CHECK(has_no_news(talk.done()));
}

TEST_CASE("an update that has ended well is found by any run") {
  for (const UpdateState state : {UpdateState::sent, UpdateState::lost, UpdateState::unchanged,
                                  UpdateState::unstable, UpdateState::other}) {
    for (const Policy& policy : {ota_only(), waiting(), checking(), dry()}) {
      CAPTURE(static_cast<int>(state));
      UpdateRecord before = a_record(state, 90000);
      before.error = "x";
      Found talk(before, policy);
      talk.identified(info_new());
      talk.get(kStatus, shelly::sys_status(80000));
      talk.get(kCheck, "{}");
      const DeviceResult& result = talk.done();
      CHECK(result.outcome == Outcome::ok);
      CHECK(result.ota_status == OtaStatus::up_to_date);
      CHECK(result.update_ended);
      UpdateRecord expected = before;
      expected.state = UpdateState::updated;
      expected.ended_at = kUtc - 80000;
      expected.error = "";
      CHECK(record_of(result) == expected);
    }
  }
}

TEST_CASE("where nobody knows the time nobody says when it ended") {
  Talk talk(ota_only(), recorded(a_record(UpdateState::sent, 5)));
  talk.identified(info_new());
  talk.get(kStatus, shelly::sys_status(80000));
  talk.get(kCheck, "{}");
  CHECK(state_of(talk.done()) == UpdateState::updated);
  CHECK(record_of(talk.done()).ended_at == 0);
}

TEST_CASE("where nobody knows the time an update that is found is waited for from now on") {
  Talk talk(waiting(), recorded(a_record(UpdateState::sent, 5)));
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  int waits = 0;
  while (std::holds_alternative<Wait>(talk.action())) {
    REQUIRE(++waits < 1000);
    talk.disturb(Waited{});
    talk.fails(Cause::timeout);
  }
  CHECK(waits == 120);
  CHECK(state_of(talk.done()) == UpdateState::lost);
  CHECK(talk.done().error_text() ==
        "OTA: lost: 1.7.5 was sent, still ran 1.7.0, not seen any more");
}

TEST_CASE("a dry run sends nothing and waits for nothing") {
  Found fresh({}, dry());
  CHECK(fresh.runs(info(), offer("1.7.5")).ota_status == OtaStatus::update_available);
  CHECK(has_no_news(fresh.done()));
  Found found(a_record(UpdateState::sent, 10), dry());
  CHECK(found.runs(info(), offer("1.7.5")).ota_status == OtaStatus::update_available);
  Found offline(a_record(UpdateState::sent, 10), dry());
  offline.is_offline();
  CHECK(offline.done().ota_status == OtaStatus::offline);
}

TEST_CASE("nothing is waited for where updates are switched off") {
  Policy policy = waiting();
  policy.config.ota.enabled = false;
  Found talk(a_record(UpdateState::sent, 10), policy);
  talk.identified();
  CHECK(talk.done().ota_status == OtaStatus::skipped);
  Found offline(a_record(UpdateState::sent, 10), policy);
  offline.is_offline();
  CHECK(offline.done().ota_status == OtaStatus::offline);
}

TEST_CASE("another device at the address of one that is being updated") {
  {
    Found talk(a_record(UpdateState::sent, 10));
    talk.identified(info_of("34945472A643"));
    CHECK(tells_what_is_on_record(talk.done()));
    CHECK(talk.done().errors[0].cause == Cause::wrong_device);
  }
  {
    Found talk(a_record(UpdateState::sent, 600));
    talk.identified(info_of("34945472A643"));
    CHECK(state_of(talk.done()) == UpdateState::lost);
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().outcome == Outcome::failed);
  }
  for (const std::string& body : {info_of("34945472A643"), std::string("<html>")}) {
    Found talk(a_record(UpdateState::sent, 10), waiting());
    talk.identified(body);
    talk.away(5s);
    talk.get(kInfo, body);
    talk.away(5s);
    talk.new_version(3);
    talk.is_current();
  }
}

TEST_CASE("who shows another key than the one on record is not waited for") {
  Device device = recorded(a_record(UpdateState::sent, 10));
  OnRecord on_record = *device.on_record;
  on_record.tls = TlsPin{443, KeyHash{}};
  device.on_record = std::make_shared<const OnRecord>(on_record);
  Waiting talk(waiting(), device);
  talk.ping(true);
  talk.has_key(KeyHash(KeyHash::Bytes{1}));
  CHECK(talk.done().errors[0].cause == Cause::tls_key);
  CHECK(tells_what_is_on_record(talk.done()));
}

TEST_CASE("who was not asked, or could not be, is not lost") {
  Device broken = recorded(a_record(UpdateState::sent, 3600));
  broken.defect = "ip is missing";
  Waiting entry(waiting(), broken);
  CHECK(has_no_news(entry.done()));
  CHECK(entry.done().errors.size() == 1);

  Found local(a_record(UpdateState::sent, 3600), waiting());
  local.ping(true);
  local.expect_get(kInfo);
  local.fails(Cause::local);
  CHECK(has_no_news(local.done()));
  CHECK(local.done().errors.size() == 1);
}

TEST_CASE("a failure that a cancelled device has shown is left to the next run") {
  Found talk(a_record(UpdateState::sent, 3600));
  talk.identified();
  talk.expect_get(kCheck);
  talk.probe().abandon();
  CHECK(talk.probe().result().outcome == Outcome::cancelled);
  CHECK(has_no_news(talk.probe().result()));
  CHECK_FALSE(talk.probe().result().update_ended);
}

TEST_CASE("a send in the future is rewritten") {
  Found talk(a_record(UpdateState::sent, -3600));
  talk.runs(info(), offer("1.7.5"));
  CHECK(record_of(talk.done()) == a_record(UpdateState::sent, 0));
}
