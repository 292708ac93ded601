// What is on record of an update that was written down before it is sent: true wherever the
// conversation comes to its end.

#include <vector>

#include "waiting.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// The permit is given, after what would be on record was written down.
struct Granting : Waiting {
  explicit Granting(Policy policy = ota_only(), Device device = a_device())
      : Waiting(std::move(policy), std::move(device)) {
    go_to_offer();
    probe().note_recorded();
    grant();
  }
};

/// Its update is about to be sent.
struct Sending : Granting {
  explicit Sending(Policy policy = ota_only(), Device device = a_device())
      : Granting(std::move(policy), std::move(device)) {
    get(kStatus, shelly::sys_status(kUptime));
    get(kInfo, info());
    expect_get(kUpdate);
  }
};

/// What was written down is taken back: there was none before.
void check_taken_out(const DeviceResult& result) {
  CHECK(record_of(result) == UpdateRecord{});
  CHECK_FALSE(result.update_sent);
}

/// A failure of the night before.
UpdateRecord before() {
  return a_record(UpdateState::unchanged, 72000);
}

using Move = std::function<void(Waiting&)>;

/// An update that is sent, and ends well; with the steps from which on it is sent, and has ended.
struct Walk {
  std::vector<Move> steps;
  std::size_t send = 0;
  std::size_t end = 0;
};

Walk a_walk() {
  Walk walk;
  const auto then = [&](Move move) { walk.steps.push_back(std::move(move)); };
  then([](Waiting& talk) { talk.ping(true); });
  then([](Waiting& talk) { talk.get(kInfo, info()); });
  then([](Waiting& talk) { talk.get(kCheck, offer("1.7.5")); });
  then([](Waiting& talk) { talk.probe().note_recorded(); });
  then([](Waiting& talk) { talk.grant(); });
  then([](Waiting& talk) { talk.get(kStatus, shelly::sys_status(kUptime)); });
  then([](Waiting& talk) { talk.get(kInfo, info()); });
  walk.send = walk.steps.size();
  then([](Waiting& talk) { talk.get(kUpdate, "null"); });
  then([](Waiting& talk) { talk.away(20s); });
  then([](Waiting& talk) { talk.silent(); });
  then([](Waiting& talk) { talk.away(5s); });
  then([](Waiting& talk) { talk.get(kInfo, info_new()); });
  then([](Waiting& talk) { talk.get(kStatus, shelly::sys_status(3)); });
  walk.end = walk.steps.size();
  then([](Waiting& talk) { talk.get(kInfo, info_new()); });
  then([](Waiting& talk) { talk.get(kCheck, offer("1.8.0")); });
  then([](Waiting& talk) { talk.probe().note_recorded(); });
  then([](Waiting& talk) { talk.grant(); });
  then([](Waiting& talk) { talk.get(kStatus, shelly::sys_status(9)); });
  then([](Waiting& talk) { talk.get(kInfo, info_new()); });
  return walk;
}

/// What is on record if the walk is given up after so many steps.
UpdateRecord after(const Walk& walk, std::size_t steps, bool may_have_left,
                   const UpdateRecord& prior) {
  Waiting talk(waiting(), prior.state == UpdateState::none ? a_device() : recorded(prior));
  for (std::size_t i = 0; i < steps; ++i)
    walk.steps[i](talk);
  talk.probe().abandon(may_have_left);
  const DeviceResult result = talk.probe().result();
  const bool is_written = steps > 3 && steps < walk.steps.size();
  if (is_written) CHECK_FALSE(has_no_news(result));
  return result.ota ? *result.ota : prior;
}

}  // namespace

TEST_CASE("wherever it is given up, the record is true") {
  const Walk walk = a_walk();
  for (const UpdateRecord& prior : {UpdateRecord{}, before()}) {
    for (std::size_t steps = 0; steps <= walk.steps.size(); ++steps) {
      for (const bool may_have_left : {false, true}) {
        CAPTURE(steps);
        CAPTURE(may_have_left);
        const UpdateRecord found = after(walk, steps, may_have_left, prior);
        const bool is_sending = steps == walk.send && may_have_left;
        const bool is_sending_next = steps == walk.steps.size() && may_have_left;
        if (is_sending_next) {
          CHECK(found.state == UpdateState::sent);
          CHECK(found.to == "1.8.0");
        } else if (steps >= walk.end) {
          CHECK(found.state == UpdateState::updated);
          CHECK(found.to == "1.7.5");
        } else if (steps > walk.send || is_sending) {
          CHECK(found.state == UpdateState::sent);
          CHECK(found.error == (is_sending ? "may have started, no answer" : ""));
          CHECK(found.attempts == prior.attempts + 1);
        } else {
          CHECK(found == prior);
        }
      }
    }
  }
}

TEST_CASE("what is to be on record is told before the send") {
  Waiting talk(ota_only());
  talk.go_to_offer();
  const Permit permit = std::get<Permit>(talk.action());
  CHECK(permit.version == "1.7.5");
  CHECK(permit.build == "20260311-095857/1.7.5-g0000000");
  UpdateRecord expected = a_record(UpdateState::sent, 0);
  expected.error = "may have started, no answer";
  CHECK(permit.record == expected);
  // It counts from the permit, which may have taken hours.
  talk.later(55s);
  talk.grant();
  talk.get(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info());
  talk.get(kUpdate, "null");
  CHECK(record_of(talk.done()).sent_at == kUtc + 55);
}

TEST_CASE("what was not sent after all is taken back") {
  Waiting declined(ota_only());
  declined.go_to_offer();
  declined.probe().note_recorded();
  declined.decline("");
  check_taken_out(declined.done());

  Granting stranger;
  stranger.get(kStatus, shelly::sys_status(kUptime));
  stranger.get(kInfo, info_of("34945472A643"));
  check_taken_out(stranger.done());

  Granting ahead;
  ahead.get(kStatus, shelly::sys_status(kUptime));
  ahead.get(kInfo, info_with("1.7.1", ""));
  check_taken_out(ahead.done());
  CHECK(ahead.done().held == "runs another version by now");

  for (const Cause cause : {Cause::refused, Cause::unreachable, Cause::local}) {
    Sending unsent(waiting());
    unsent.fails(cause);
    check_taken_out(unsent.done());
    CHECK(unsent.done().ota_status == OtaStatus::error);
  }
  Sending withheld;
  withheld.probe().withhold();
  check_taken_out(withheld.probe().result());
}

TEST_CASE("what nobody has written down is not taken back") {
  Waiting talk(ota_only());
  talk.go_to_offer();
  talk.decline("");
  CHECK(has_no_news(talk.done()));
}

TEST_CASE("the record before comes back") {
  Granting talk(ota_only(), recorded(before()));
  talk.get(kStatus, shelly::sys_status(kUptime));
  talk.get(kInfo, info_of("34945472A643"));
  CHECK(record_of(talk.done()) == before());
}

TEST_CASE("a refusal in passing is no state") {
  for (const char* body : {R"({"code":-109,"message":"shutting down"})",
                           R"({"code":-114,"message":"Already in progress"})",
                           R"({"code":-114,"message":"Low Battery!"})"}) {
    CAPTURE(body);
    for (const UpdateRecord& prior : {UpdateRecord{}, before()}) {
      const bool is_new = prior.state == UpdateState::none;
      Sending talk(waiting(), is_new ? a_device() : recorded(prior));
      talk.answer(500, body);
      CHECK(record_of(talk.done()) == prior);
      CHECK(talk.done().outcome == Outcome::ok);
      CHECK(talk.done().ota_status == OtaStatus::update_available);
      CHECK(talk.done().errors.size() == 1);
    }
  }
}

TEST_CASE("a refusal for good is on record") {
  Sending talk(waiting(), recorded(before()));
  talk.answer(500, R"({"code":-114,"message":"No update info!"})");
  UpdateRecord expected = a_record(UpdateState::refused, 0);
  expected.ended_at = kUtc;
  expected.attempts = 2;
  expected.error = "HTTP 500 (-114 No update info!)";
  CHECK(record_of(talk.done()) == expected);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().outcome == Outcome::failed);
}

TEST_CASE("a login that is refused leaves the record as it was") {
  for (const int status : {401, 429}) {
    CAPTURE(status);
    Sending talk(waiting(), recorded(before()));
    talk.answer(status);
    CHECK(record_of(talk.done()) == before());
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().outcome == Outcome::failed);
  }
}

TEST_CASE("half an answer that wants a login is no send") {
  Sending talk(waiting(), recorded(before()));
  talk.fails(Cause::closed, 401);
  CHECK(record_of(talk.done()) == before());
  CHECK(talk.done().ota_status == OtaStatus::error);
}

TEST_CASE("a login that fails before the send sends nothing") {
  for (const char* next : {kStatus, kCheck}) {
    CAPTURE(next);
    Waiting talk(ota_only());
    talk.go_to_offer();
    talk.probe().note_recorded();
    if (next == kCheck) talk.later(61s);
    talk.grant();
    talk.expect_get(next);
    talk.challenges();
    check_taken_out(talk.done());
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().error_text() == "auth: login required");
    CHECK_FALSE(talk.probe().update_left());
  }
}

TEST_CASE("an offer is believed for a minute, and asked for again then") {
  Waiting fresh(ota_only());
  fresh.go_to_offer();
  fresh.later(60s);
  fresh.grant();
  fresh.expect_get(kStatus);

  const auto asked_again = [](const std::string& answer) {
    Waiting talk(ota_only());
    talk.go_to_offer();
    talk.probe().note_recorded();
    talk.later(61s);
    talk.grant();
    talk.get(kCheck, answer);
    if (std::holds_alternative<Done>(talk.action())) {
      check_taken_out(talk.done());
      CHECK(talk.done().update_held);
      CHECK(talk.done().ota_status == OtaStatus::update_available);
      CHECK(talk.done().outcome == Outcome::ok);
      return talk.done().held;
    }
    talk.get(kStatus, shelly::sys_status(kUptime));
    talk.get(kInfo, info());
    talk.get(kUpdate, "null");
    CHECK(state_of(talk.done()) == UpdateState::sent);
    return std::string("sent");
  };
  CHECK(asked_again(offer("1.7.5")) == "sent");
  CHECK(asked_again(offer("1.7.6")) == "offer changed");
  CHECK(asked_again("{}") == "offer changed");
  CHECK(asked_again(shelly::offers("", "1.7.5")) == "offer changed");
  CHECK(asked_again(
            R"({"stable":{"version":"1.7.5","build_id":"20260501-000000/1.7.5-g1111111"}})") ==
        "offer changed");
  CHECK(asked_again(
            R"({"stable":{"version":"1.7.5","build_id":"20260501-000000/1.7.5-g0000000"}})") ==
        "sent");
  CHECK(asked_again("null") == "what is offered cannot be read again");
}

TEST_CASE("a device that sleeps is not updated") {
  Granting talk;
  talk.get(kStatus, shelly::sys_status(3, 43200));
  check_taken_out(talk.done());
  CHECK(talk.done().held == "sleeps");
  CHECK(talk.done().update_held);
  CHECK(talk.done().ota_status == OtaStatus::update_available);
}

TEST_CASE("a device that does not tell its status is no sleeper that anybody knows of") {
  Granting talk;
  talk.expect_get(kStatus);
  talk.answer(404, R"({"code":404,"message":"No handler for Sys.GetStatus"})");
  talk.get(kInfo, info());
  talk.get(kUpdate, "null");
  CHECK(state_of(talk.done()) == UpdateState::sent);
}

TEST_CASE("what was written down a while ago is not sent any more") {
  const auto told_after = [](std::chrono::seconds time, Policy policy = ota_only()) {
    Waiting talk(std::move(policy));
    talk.go_to_offer();
    talk.probe().note_recorded();
    talk.grant();
    talk.get(kStatus, shelly::sys_status(kUptime));
    talk.later(time);
    talk.expect_get(kInfo);
    const std::string identity = info();
    Reply reply;
    reply.status = 200;
    reply.body = identity;
    reply.now = talk.moment();
    talk.reply(reply);
    if (std::holds_alternative<Call>(talk.action())) {
      talk.get(kUpdate, "null");
      CHECK(talk.done().ota->sent_at == kUtc + time.count());
    }
    return talk.done();
  };
  CHECK(told_after(30s).update_sent);
  const DeviceResult late = told_after(31s);
  CHECK_FALSE(late.update_sent);
  CHECK(late.held == "too long from the permit to the send");
  CHECK(late.ota->state == UpdateState::none);

  // Nor what the operator does not want any more.
  Policy closing = ota_only();
  int asked = 0;
  closing.why_held = [&](const DeviceResult&) { return std::string(++asked == 1 ? "" : "closed"); };
  CHECK(told_after(1s, closing).held == "closed");
  CHECK(asked == 2);
}
