// The end of an update that this conversation has sent, with ota.wait.

#include "waiting.hpp"

using namespace stage3;
using namespace std::chrono_literals;

TEST_CASE("an update is waited for until the device runs it") {
  Waiting talk;
  talk.go_to_send();
  CHECK(talk.probe().progress().sent == 1);
  CHECK(talk.probe().progress().ended == 0);
  talk.away(20s);
  talk.old_version(kUptime + 20);
  talk.away(5s);
  talk.silent();
  talk.away(5s);
  CHECK(talk.call().timeout == 1s);  // timeouts.reach
  talk.new_version(7);
  CHECK_FALSE(talk.probe().progress().is_away);
  CHECK(talk.probe().progress().ended == 1);
  const DeviceResult& result = talk.is_current();
  CHECK(result.fw == "1.7.5");
  CHECK(result.update == "");
  CHECK(result.update_build == "");
  CHECK(result.update_sent);
  CHECK(result.update_ended);
  const UpdateRecord record = record_of(result);
  CHECK(record == UpdateRecord{UpdateState::updated, "1.7.0", "1.7.5",
                               "20260311-095857/1.7.5-g0000000", kUtc, kUtc + 30 - 7, 1, ""});
}

TEST_CASE("a run that does not wait has sent it and goes on") {
  Waiting talk(ota_only());
  talk.go_to_send();
  CHECK(talk.done().ota_status == OtaStatus::update_available);
  CHECK(record_of(talk.done()) == a_record(UpdateState::sent, 0));
  CHECK_FALSE(talk.done().update_ended);
}

TEST_CASE("an update without an answer is waited for as any other") {
  Waiting talk;
  talk.go_to_offer();
  talk.grant();
  talk.get(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.expect_get(kUpdate);
  talk.fails(Cause::timeout);
  talk.away(20s);
  talk.new_version(7);
  CHECK(record_of(talk.is_current()).error == "");
}

TEST_CASE("it begins anew: a name that is lost is written again") {
  Policy policy = waiting();
  policy.config.friendly.enabled = true;
  Waiting talk(policy);
  talk.identified();
  talk.get(kSetName, shelly::kSaved);
  talk.get(kInfo, info(R"("name":"Neu")"));
  talk.get(kCheck, offer("1.7.5"));
  talk.grant();
  talk.get(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.get(kUpdate, "null");
  talk.away(20s);
  talk.new_version(7);
  shelly::Device device;
  device.version = "1.7.5";
  device.name = "null";
  talk.get(kInfo, shelly::device_info(device));
  talk.get(kSetName, shelly::kSaved);
  device.name = R"("Neu")";
  talk.get(kInfo, shelly::device_info(device));
  talk.get(kCheck, "{}");
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
  CHECK(talk.done().device_name == "Neu");
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("a further offer is the next step") {
  Waiting talk;
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  talk.get(kCheck, offer("1.8.0"));
  const auto* permit = std::get_if<Permit>(&talk.action());
  REQUIRE(permit != nullptr);
  CHECK(permit->is_next_step);
  CHECK(permit->record.from == "1.7.5");
  CHECK(permit->record.to == "1.8.0");
  CHECK(permit->record.attempts == 1);
  CHECK(permit->record.sent_at == talk.utc());
  talk.probe().note_recorded();
  CHECK(talk.probe().update_left());
  talk.grant();
  talk.get(kStatus, shelly::sys_status(60));
  talk.get(kInfo, info_new());
  talk.get(kUpdate, "null");
  CHECK(talk.probe().progress().sent == 2);
  talk.away(20s);
  const std::string newest = info_with("1.8.0", "");
  talk.get(kInfo, newest);
  talk.get(kStatus, shelly::sys_status(3));
  talk.get(kInfo, newest);
  talk.get(kCheck, "{}");
  CHECK(record_of(talk.done()).to == "1.8.0");
  CHECK(state_of(talk.done()) == UpdateState::updated);
  CHECK(talk.probe().progress().ended == 2);
}

TEST_CASE("the next step that is not made leaves the record of the one before") {
  Waiting talk;
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  talk.get(kCheck, offer("1.8.0"));
  talk.probe().note_recorded();
  talk.decline("halted");
  CHECK(talk.done().held == "halted");
  CHECK(talk.done().update_held);
  CHECK(record_of(talk.done()).to == "1.7.5");
  CHECK(state_of(talk.done()) == UpdateState::updated);
}

TEST_CASE("one run makes ota.max_steps steps") {
  Policy policy = waiting();
  policy.config.ota.max_steps = 1;
  Waiting talk(policy);
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  talk.get(kCheck, offer("1.8.0"));
  CHECK(talk.done().held == "ota.max_steps: 1 in this run");
  CHECK(talk.done().ota_status == OtaStatus::update_available);
  CHECK(state_of(talk.done()) == UpdateState::updated);
}

namespace {

void check_not_installed(const DeviceResult& result, UpdateState state, const std::string& words) {
  CHECK(static_cast<int>(state_of(result)) == static_cast<int>(state));
  CHECK(result.ota_status == OtaStatus::error);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.update_ended);
  CHECK(result.error_text() == words);
  CHECK(result.errors.back().cause == Cause::not_installed);
}

}  // namespace

TEST_CASE("a device that comes back with what it ran before has not taken it") {
  Waiting talk;
  talk.go_away();
  talk.silent();
  talk.away(5s);
  talk.old_version(4);
  check_not_installed(talk.done(), UpdateState::unchanged,
                      "OTA: unchanged: 1.7.5 was sent, still runs 1.7.0");
  CHECK(record_of(talk.done()).ended_at == kUtc + 25);
}

TEST_CASE("a device that had begun to run just before the send has not rebooted since") {
  Waiting talk;
  talk.go_to_offer();
  talk.grant();
  talk.get(kStatus, shelly::sys_status(3));
  talk.get(kInfo, info());
  talk.get(kUpdate, "null");
  // The calls have taken 30 s: the send was later than the permit.
  talk.later(30s);
  talk.away(20s);
  talk.old_version(21);
  talk.away(5s);
  talk.new_version(2);
  talk.is_current();
}

TEST_CASE("a device that never reboots has not taken it by the deadline") {
  Waiting talk;
  talk.go_away();
  int polls = 0;
  while (talk.utc() < kUtc + 600) {
    talk.old_version(kUptime + 20 + 5 * polls++);
    talk.away();
  }
  CHECK(polls == 116);
  talk.old_version(kUptime + 600);
  check_not_installed(talk.done(), UpdateState::unchanged,
                      "OTA: unchanged: 1.7.5 was sent, still runs 1.7.0");
}

TEST_CASE("another version, or another build of this one, is not what was sent") {
  for (const auto& row : {std::tuple("1.7.6", "20260501-000000/1.7.6-g1111111", "1.7.6"),
                          std::tuple("1.7.5", "20260501-000000/1.7.5-g1111111",
                                     "another build of it (20260501-000000/1.7.5-g1111111)")}) {
    const auto& [version, build, shown] = row;
    CAPTURE(std::get<1>(row));
    Waiting talk;
    talk.go_away();
    talk.get(kInfo, info_with(version, build));
    check_not_installed(talk.done(), UpdateState::other,
                        "OTA: other: 1.7.5 was sent, runs " + std::string(shown));
    CHECK(talk.done().fw == version);
  }
}

TEST_CASE("who does not tell a version has shown nothing") {
  Waiting talk;
  talk.go_away();
  talk.get(kInfo, R"({"mac":"A8032ABE54DC","id":"shellyplus1-a8032abe54dc"})");
  CHECK(talk.probe().result().fw == "1.7.0");
  talk.away(5s);
  talk.new_version(7);
  talk.is_current();
}

TEST_CASE("a device that is not seen by the deadline is lost, and asked no more") {
  Policy policy = waiting();
  policy.config.ota.poll = 45s;
  Waiting talk(policy);
  talk.go_away();
  int polls = 0;
  while (talk.utc() < kUtc + 600) {
    ++polls;
    talk.silent();
    talk.away(talk.utc() < kUtc + 560 ? 45s : 40s);
  }
  CHECK(talk.utc() == kUtc + 600);
  CHECK(polls == 13);
  talk.silent();
  const DeviceResult& result = talk.done();
  CHECK(state_of(result) == UpdateState::lost);
  CHECK(record_of(result).ended_at == 0);
  CHECK(result.ota_status == OtaStatus::offline);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.error_text() == "OTA: lost: 1.7.5 was sent 10 min ago, not seen since");
  CHECK(result.errors[0].cause == Cause::lost);
}

TEST_CASE("the deadline counts by the clock that nobody sets") {
  Waiting talk;
  talk.go_away();
  talk.silent();
  // The wall clock has gone a day ahead.
  talk.disturb(Waited{{talk.utc() + 86400, talk.moment().steady + 5s}});
  talk.silent();
  CHECK(talk.probe().progress().is_away);
}

TEST_CASE("who is told no time waits all the same, and not for ever") {
  Talk talk(waiting());
  talk.identified();
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.get(kUpdate, "null");
  int waits = 0;
  while (std::holds_alternative<Wait>(talk.action())) {
    REQUIRE(++waits < 1000);
    talk.disturb(Waited{});
    talk.expect_get(kInfo);
    talk.fails(Cause::timeout);
  }
  // Each event tells anew that it is the beginning of time: what was waited is all there is.
  CHECK(talk.done().ota_status == OtaStatus::offline);
  CHECK(state_of(talk.done()) == UpdateState::lost);
}

TEST_CASE("a trouble of this machine makes no device lost") {
  Policy policy = waiting();
  policy.config.ota.quiet = 600s;
  Waiting talk(policy);
  talk.go_to_send();
  talk.away(600s);
  talk.expect_get(kInfo);
  talk.fails(Cause::local);
  CHECK(state_of(talk.done()) == UpdateState::sent);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().errors[0].cause == Cause::local);
  CHECK_FALSE(talk.done().update_ended);
  CHECK_FALSE(talk.probe().progress().is_away);
}

TEST_CASE("what has come back must not reboot within ota.settle") {
  Policy policy = waiting();
  policy.config.ota.settle = 60s;
  {
    Waiting talk(policy);
    talk.go_away();
    talk.new_version(7);
    talk.away(60s);
    talk.new_version(67);
    CHECK(record_of(talk.is_current()).ended_at == kUtc + 80 - 67);
  }
  for (const int uptime : {0, 6, 40, 64}) {
    CAPTURE(uptime);
    Waiting talk(policy);
    talk.go_away();
    talk.new_version(7);
    talk.away(60s);
    talk.new_version(uptime);
    check_not_installed(talk.done(), UpdateState::unstable,
                        "OTA: unstable: 1.7.5 was sent, and it reboots again and again");
  }
}

TEST_CASE("a slow answer is no reboot") {
  Policy policy = waiting();
  policy.config.ota.settle = 60s;
  Waiting talk(policy);
  talk.go_away();
  talk.get(kInfo, info_new());
  talk.later(5s);
  talk.get(kStatus, shelly::sys_status(12));
  talk.away(60s);
  talk.new_version(73);
  talk.is_current();
}

TEST_CASE("a device that goes away while it settles is waited for once more") {
  Policy policy = waiting();
  policy.config.ota.settle = 600s;
  {
    // The reboot has happened within the time, and is found later.
    Waiting talk(policy);
    talk.go_away();
    talk.new_version(7);
    talk.away(600s);
    talk.silent();
    talk.away(5s);
    talk.new_version(9);
    CHECK(state_of(talk.done()) == UpdateState::unstable);
  }
  {
    Waiting talk(policy);
    talk.go_away();
    talk.new_version(7);
    talk.away(600s);
    talk.silent();
    talk.away(5s);
    talk.new_version(612);
    talk.is_current();
  }
  {
    // It went back to what it ran before.
    Waiting talk(policy);
    talk.go_away();
    talk.new_version(7);
    talk.away(600s);
    talk.old_version(612);
    check_not_installed(talk.done(), UpdateState::unchanged,
                        "OTA: unchanged: 1.7.5 was sent, went back to 1.7.0");
  }
}

namespace {

/// Nobody answers any more, until the run has waited long enough.
const DeviceResult& falls_silent(Waiting& talk) {
  for (int polls = 0; !std::holds_alternative<Done>(talk.action()); ++polls) {
    REQUIRE(polls < 1000);
    talk.silent();
    if (std::holds_alternative<Wait>(talk.action())) talk.away();
  }
  return talk.done();
}

}  // namespace

TEST_CASE("a device that falls silent while it settles is told to have come back") {
  Policy policy = waiting();
  policy.config.ota.settle = 600s;
  for (const bool is_answered : {true, false}) {
    Waiting talk(policy);
    talk.go_to_offer();
    talk.grant();
    talk.get(kStatus, shelly::sys_status(kUptime));
    talk.get(kInfo, info());
    talk.expect_get(kUpdate);
    if (is_answered)
      talk.answer(200, "null");
    else
      talk.fails(Cause::timeout);
    talk.away(20s);
    talk.new_version(7);
    talk.away(600s);
    const DeviceResult& result = falls_silent(talk);
    CHECK(result.ota_status == OtaStatus::offline);
    CHECK(result.outcome == Outcome::failed);
    CHECK(result.errors[0].cause == Cause::lost);
    CHECK(result.fw == "1.7.5");
    CHECK(result.error_text() ==
          "OTA: lost: 1.7.5 was sent 20 min ago, came back with it, not seen for 20 min");
    CHECK(state_of(result) == UpdateState::lost);
    CHECK(record_of(result).error == "came back with it, then not seen");
  }
}

TEST_CASE("a device that falls silent before it has rebooted is told to have been seen") {
  Waiting talk;
  talk.go_away();
  for (int polls = 0; polls < 12; ++polls) {
    talk.old_version(kUptime + 20 + 5 * polls);
    talk.away(5s);
  }
  const DeviceResult& result = falls_silent(talk);
  CHECK(state_of(result) == UpdateState::lost);
  CHECK(record_of(result).error == "");
  CHECK(result.error_text() ==
        "OTA: lost: 1.7.5 was sent 10 min ago, still ran 1.7.0, not seen for 8 min");
}

TEST_CASE("what was seen before the send is no sight of it afterwards") {
  Waiting talk;
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  talk.get(kCheck, offer("1.8.0"));
  talk.grant();
  talk.get(kStatus, shelly::sys_status(60));
  talk.get(kInfo, info_new());
  talk.get(kUpdate, "null");
  talk.away(20s);
  CHECK(falls_silent(talk).error_text() == "OTA: lost: 1.8.0 was sent 10 min ago, not seen since");
}

TEST_CASE("another device at the address meanwhile is neither written to nor accused") {
  Waiting talk;
  talk.go_away();
  talk.get(kInfo, info_of("34945472A643"));
  talk.away(5s);
  talk.get(kInfo, R"({"type":"SHSW-1","mac":"A8032ABE54DC"})");
  talk.away(5s);
  talk.expect_get(kInfo);
  talk.answer(503);
  talk.away(5s);
  talk.get(kInfo, "<html></html>");
  talk.away(5s);
  talk.new_version(7);
  talk.is_current();
}

TEST_CASE("who shows another key at the address of a device that is away is nobody's business") {
  const KeyHash key(KeyHash::Bytes{1});
  Policy policy = waiting();
  policy.config.network.tls = TlsMode::require;
  Waiting talk(policy);
  talk.ping(true);
  talk.expect_get(kInfo);
  const auto answered = [&](const std::string& target, const std::string& body) {
    talk.expect_get(target);
    talk.answer_by_tls(key, 200, body);
  };
  talk.answer_by_tls(key, 200, info());
  answered(kCheck, offer("1.7.5"));
  talk.grant();
  answered(kStatus, shelly::sys_status(kUptime));
  answered(kInfo, info());
  answered(kUpdate, "null");
  talk.away(20s);
  talk.expect_get(kInfo);
  talk.has_key(KeyHash(KeyHash::Bytes{2}));
  talk.away(5s);
  answered(kInfo, info_new());
  answered(kStatus, shelly::sys_status(3));
  answered(kInfo, info_new());
  answered(kCheck, "{}");
  CHECK(state_of(talk.done()) == UpdateState::updated);
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("the version alone proves it where the uptime cannot be had") {
  for (const char* body : {"{}", R"({"uptime":"x"})", "", R"({"code":404})"}) {
    CAPTURE(body);
    Waiting talk;
    talk.go_away();
    talk.get(kInfo, info_new());
    talk.get(kStatus, body);
    CHECK(record_of(talk.is_current()).ended_at == kUtc + 20);
  }
}

TEST_CASE("a login after the reboot is a new one, and one does for all that follows") {
  Waiting talk(with_password(waiting()));
  talk.identified();
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.grant();
  talk.get_with_login(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.get_with_login(kUpdate, "null");
  talk.away(20s);
  // While it runs what it ran before, each login would cost a nonce.
  talk.get(kInfo, info());
  talk.away(5s);
  talk.silent();
  talk.away(5s);
  talk.get(kInfo, info_new());
  CHECK(talk.expect_get(kStatus).authorization == "");
  talk.challenges(a_challenge("another"));
  const std::string login = talk.expect_login(kStatus);
  CHECK(holds(login, "nonce=\"another\""));
  CHECK(holds(login, "nc=00000001"));
  talk.answer(200, shelly::sys_status(7));
  talk.get(kInfo, info_new());
  CHECK(holds(talk.expect_login(kCheck), "nc=00000002"));
  talk.answer(200, "{}");
  CHECK(record_of(talk.done()).ended_at == kUtc + 30 - 7);
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("a reboot behind a login is found where the device was silent") {
  Waiting talk(with_password(waiting()));
  talk.identified();
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.grant();
  talk.get_with_login(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.get_with_login(kUpdate, "null");
  talk.away(20s);
  talk.silent();
  talk.away(5s);
  talk.get(kInfo, info());
  talk.get_by_login(kStatus, shelly::sys_status(4));
  CHECK(state_of(talk.done()) == UpdateState::unchanged);
}

TEST_CASE("a device that wants no login is not taken to want one because it was away") {
  Policy policy = waiting();
  policy.config.friendly.enabled = true;
  Waiting talk(policy, named("Alt"));
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  const Call call = talk.call();
  REQUIRE(call.writes);
  talk.answer(429);
  // A refusal, and no lock-out that is to be waited out.
  talk.get(kCheck, "{}");
  CHECK(talk.done().friendly_status == FriendlyStatus::error);
}

TEST_CASE("who gives up waiting leaves it sent") {
  for (const bool while_asking : {false, true}) {
    Waiting talk;
    talk.go_to_send();
    if (while_asking) {
      talk.away(20s);
      talk.expect_get(kInfo);
    }
    talk.probe().abandon();
    const DeviceResult& result = talk.probe().result();
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.update == "1.7.5");
    CHECK(result.update_sent);
    CHECK_FALSE(result.update_ended);
    CHECK(result.error_text() == "");
    CHECK(record_of(result) == a_record(UpdateState::sent, 0));
  }
}

TEST_CASE("who gives up while the send is on its way has sent it") {
  Waiting talk;
  talk.go_to_offer();
  talk.probe().note_recorded();
  talk.grant();
  talk.get(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.expect_get(kUpdate);
  talk.probe().abandon();
  CHECK(state_of(talk.probe().result()) == UpdateState::sent);
  CHECK(talk.probe().result().error_text() == "OTA: may have started, no answer");
  CHECK(talk.probe().result().ota_status == OtaStatus::update_available);
}

TEST_CASE("a name that cannot be written after an update is no update that is held") {
  Policy policy = waiting();
  policy.config.friendly.enabled = true;
  Waiting talk(policy, named("Alt"));
  talk.go_away();
  talk.new_version(7);
  talk.get(kInfo, info_new());
  REQUIRE(talk.call().writes);
  talk.probe().withhold();
  CHECK(talk.probe().result().outcome == Outcome::cancelled);
  CHECK_FALSE(talk.probe().result().update_held);
  CHECK(state_of(talk.probe().result()) == UpdateState::updated);
}
