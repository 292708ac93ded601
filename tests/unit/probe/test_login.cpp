// Login: when, with what, how often; and the back-off from a full table of nonces.

#include <vector>

#include "conversation.hpp"

using namespace stage3;

namespace {

std::string protected_info(const std::string& name = "Neu") {
  return info(R"("auth_en":true,"name":")" + name + "\"");
}

/// A device in need of no name, so that CheckForUpdate is the first call that may want a login.
struct AtCheck : Talk {
  explicit AtCheck(Policy policy, const std::string& body = protected_info())
      : Talk(std::move(policy)) {
    identified(body);
  }
};

}  // namespace

TEST_CASE("auth_en alone is no reason to log in or to fail") {
  AtCheck talk(with_password(ota_only()));
  CHECK(talk.expect_get(kCheck).authorization == "");
  talk.answer(200, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(talk.done().error_text() == "");
}

TEST_CASE("a 401 is answered with a login, whose nonce serves all that follows") {
  std::vector<std::string> asked;
  Policy policy = ota_only();
  policy.password_source = [&](const Mac& mac, std::string_view realm) {
    asked.push_back(mac.to_string() + "@" + std::string(realm));
    return std::optional<std::string>("secret");
  };
  for (const std::string& body : {protected_info(), info()}) {
    asked.clear();
    AtCheck talk(policy, body);
    CHECK(talk.expect_get(kCheck).authorization == "");
    CHECK(asked.empty());
    talk.challenges();
    const std::string first = talk.expect_login(kCheck);
    CHECK(holds(first, "nonce=\"642dabce\""));
    CHECK(holds(first, "nc=00000001"));
    CHECK_FALSE(holds(first, "secret"));
    talk.answer(200, offer("1.7.5"));
    talk.permit(true);
    const std::string second = talk.expect_login(kStatus);
    CHECK(holds(second, "nonce=\"642dabce\""));
    CHECK(holds(second, "nc=00000002"));
    talk.answer(200, shelly::sys_status(kUptime));
    CHECK(talk.expect_get(kInfo).authorization == "");
    talk.answer(200, info());
    const std::string third = talk.expect_login(kUpdate);
    CHECK(holds(third, "nonce=\"642dabce\""));
    CHECK(holds(third, "nc=00000003"));
    CHECK(holds(third, "uri=\"/rpc/Shelly.Update?stage=stable\""));
    talk.answer(200, "null");
    CHECK(talk.done().outcome == Outcome::ok);
    CHECK(asked == std::vector<std::string>{"A8032ABE54DC@shellyplus1-a8032abe54dc"});
  }
}

TEST_CASE("the client's part of a login comes from the driver") {
  Policy policy = with_password(ota_only());
  DeviceProbe probe(policy, a_device());
  Started started;
  started.random.fill(0xa5);
  probe.on(started);
  probe.on(Pinged{true});
  Reply reply;
  reply.status = 200;
  const std::string body = protected_info();
  reply.body = body;
  probe.on(reply);
  Reply challenged;
  challenged.status = 401;
  const std::string challenge = a_challenge();
  challenged.challenges.push_back(challenge);
  const Action action = probe.on(challenged);
  REQUIRE(std::holds_alternative<Call>(action));
  CHECK(holds(std::get<Call>(action).authorization, "cnonce=\"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\""));
}

TEST_CASE("no password known: login required") {
  Policy none = ota_only();
  none.password_source = [](const Mac&, std::string_view) { return std::optional<std::string>(); };
  Policy empty = ota_only();
  empty.password_source = [](const Mac&, std::string_view) { return std::string(); };
  for (const Policy& policy : {ota_only(), none, empty}) {
    for (const std::string& challenge : {a_challenge(), std::string(), std::string("NTLM")}) {
      AtCheck talk(policy);
      talk.expect_get(kCheck);
      talk.challenges(challenge);
      const DeviceResult& result = talk.done();
      CHECK(result.ota_status == OtaStatus::error);
      CHECK(result.outcome == Outcome::failed);
      CHECK(result.error_text() == "auth: login required");
      REQUIRE(result.errors.size() == 1);
      CHECK(result.errors[0].part == Part::auth);
      CHECK(result.errors[0].cause == Cause::login_required);
      CHECK(result.errors[0].http_status == 401);
    }
  }
}

TEST_CASE("a refused login is tried exactly once, and one error stands for both parts") {
  for (const std::string& answer : {a_challenge(), a_challenge("other"), std::string()}) {
    Talk talk(with_password(updating()));
    talk.identified(protected_info("Alt"));
    talk.expect_get(kSetName);
    talk.challenges();
    talk.expect_login(kSetName);
    talk.challenges(answer);
    const DeviceResult& result = talk.done();
    CHECK(result.friendly_status == FriendlyStatus::error);
    CHECK(result.ota_status == OtaStatus::error);
    CHECK(result.error_text() == "auth: login refused");
    CHECK(result.errors.size() == 1);
    CHECK(result.errors[0].cause == Cause::login_refused);
    CHECK_FALSE(result.name_changed);
  }
}

TEST_CASE("a login that was turned away with half an answer goes out no more") {
  for (const Cause cause : {Cause::closed, Cause::malformed, Cause::too_large, Cause::timeout}) {
    for (const bool writes : {false, true}) {
      Talk talk(with_password(updating()));
      talk.identified(protected_info(writes ? "Alt" : "Neu"));
      const char* const target = writes ? kSetName : kCheck;
      talk.expect_get(target);
      talk.challenges();
      talk.expect_login(target);
      talk.fails(cause, 401);
      CHECK(talk.done().error_text() == "auth: login refused");
      CHECK(talk.done().ota_status == OtaStatus::error);
    }
  }
}

TEST_CASE("a login that was right and no longer is, is not tried again") {
  AtCheck talk(with_password(ota_only()));
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_login(kUpdate);
  talk.challenges();
  CHECK(talk.done().error_text() == "auth: login refused");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("a stale nonce is replaced once a run") {
  AtCheck talk(with_password(ota_only()));
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_login(kUpdate);
  talk.challenges(a_challenge("fresh", ", stale=true"));
  const std::string login = talk.expect_login(kUpdate);
  CHECK(holds(login, "nonce=\"fresh\""));
  CHECK(holds(login, "nc=00000001"));
  talk.challenges(a_challenge("again", ", stale=true"));
  CHECK(talk.done().error_text() == "auth: login refused (nonces expire at once)");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("a stale challenge that must not be answered is a refusal") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  talk.challenges();
  talk.expect_login(kCheck);
  talk.challenges("Digest qop=\"auth\", realm=\"evil\", nonce=\"1\", algorithm=MD5, stale=true");
  CHECK(talk.done().error_text() == "auth: login refused");
}

TEST_CASE("stale in a challenge to a call without a login means nothing") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  talk.challenges(a_challenge("1", ", stale=true"));
  talk.expect_login(kCheck);
  talk.challenges(a_challenge("2", ", stale=true"));
  talk.get_with_login(kCheck, "{}");
  CHECK(talk.done().ota_status == OtaStatus::up_to_date);
}

TEST_CASE("the parts that needed no login keep their verdict") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.challenges("");
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
  CHECK(talk.done().ota_status == OtaStatus::error);

  Talk disabled(naming_only());
  disabled.identified(protected_info("Alt"));
  disabled.expect_get(kSetName);
  disabled.challenges();
  CHECK(disabled.done().ota_status == OtaStatus::skipped);
  CHECK(disabled.done().friendly_status == FriendlyStatus::error);
}

TEST_CASE("a login that is needed to read the name") {
  Talk talk(updating());
  talk.identified(info(R"("auth_en":true)"));
  talk.expect_get(kConfig);
  talk.challenges();
  CHECK(talk.done().friendly_status == FriendlyStatus::error);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: login required");
}

TEST_CASE("a login that only the read-back needs does not undo an accepted write") {
  Talk talk(updating());
  talk.identified(info(""));
  talk.get(kConfig, sys_config("null"));
  talk.get(kSetName, "{}");
  talk.expect_get(kConfig);
  talk.challenges();
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
  CHECK(talk.done().name_changed);
  CHECK_FALSE(talk.done().device_name);
}

TEST_CASE("a challenge that must not be answered is told") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  talk.challenges("Digest qop=\"auth\", realm=\"shellyplus1-a8032abe54dc\", nonce=\"1\"");
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: no login sent: challenge is not SHA-256");
  CHECK(talk.done().errors[0].cause == Cause::login_declined);
}

TEST_CASE("a challenge counts in a whole 401 only") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  Reply broken;
  broken.status = 401;
  broken.failure = Cause::malformed;
  const std::string challenge = a_challenge();
  broken.challenges.push_back(challenge);
  talk.feed(broken);
  CHECK(talk.done().ota_status == OtaStatus::check_failed);
}

TEST_CASE("a device without an id gets no login") {
  Talk talk(with_password(ota_only()));
  talk.identified(R"({"mac":"A8032ABE54DC","ver":"1.7.0","auth_en":true,"name":"Neu"})");
  talk.expect_get(kCheck);
  talk.challenges("Digest qop=\"auth\", realm=\"\", nonce=\"1\", algorithm=SHA-256");
  CHECK(talk.done().error_text() == "auth: login required");
}

TEST_CASE("a lost answer to a call with a login is asked for once more, with the next nc") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  talk.challenges();
  CHECK(holds(talk.expect_login(kCheck), "nc=00000001"));
  talk.fails(Cause::closed);
  talk.pause();
  CHECK(holds(talk.expect_login(kCheck), "nc=00000002"));
  talk.challenges();
  CHECK(talk.done().error_text() == "auth: login refused");
}

TEST_CASE("a login that the update needs and does not get") {
  AtCheck talk(updating());
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_get(kUpdate);
  talk.challenges();
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: login required");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("429 without a login: a pause, and one more request brings the challenge") {
  AtCheck talk(with_password(updating()));
  CHECK(talk.expect_get(kCheck).authorization == "");
  talk.answer(429);
  talk.back_off();
  CHECK(talk.expect_get(kConfig).authorization == "");
  talk.challenges();
  talk.get_with_login(kCheck, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("429 for ever is given up after the second request without a login") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.answer(429);
  talk.back_off();
  talk.expect_get(kConfig);
  talk.answer(429);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: HTTP 429 (too many logins)");
  CHECK(talk.done().errors.size() == 1);
  CHECK(talk.done().errors[0].http_status == 429);
}

TEST_CASE("429 to a login: the nonce was lost, and one without begins the window") {
  AtCheck talk(with_password(updating()));
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_login(kUpdate);
  talk.answer(429);
  talk.expect_get(kConfig);
  talk.answer(429);
  talk.back_off();
  CHECK(talk.expect_get(kConfig).authorization == "");
  talk.challenges(a_challenge("fresh"));
  talk.get(kInfo, info());
  const std::string login = talk.expect_login(kUpdate);
  CHECK(holds(login, "nonce=\"fresh\""));
  CHECK(holds(login, "nc=00000001"));
  talk.answer(200, "null");
  CHECK(talk.done().update_sent);
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("429 to a login where a slot is free at once") {
  AtCheck talk(with_password(updating()));
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_login(kUpdate);
  talk.answer(429);
  talk.expect_get(kConfig);
  talk.challenges(a_challenge("fresh"));
  talk.get(kInfo, info());
  talk.expect_login(kUpdate);
  // Once a run.
  talk.answer(429);
  CHECK(talk.done().error_text() == "auth: HTTP 429 (too many logins)");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("429, and then no login is wanted: what was refused goes out once more") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.answer(429);
  talk.back_off();
  talk.get(kConfig, sys_config("null"));
  CHECK(talk.expect_get(kCheck).authorization == "");
  talk.answer(429);
  CHECK(talk.done().error_text() == "auth: HTTP 429 (too many logins)");
}

TEST_CASE("429, and no answer to the question for a challenge: the update was not sent") {
  for (const Cause cause : {Cause::timeout, Cause::closed, Cause::refused, Cause::malformed}) {
    AtCheck talk(with_password(updating()));
    talk.get_by_login(kCheck, offer("1.7.5"));
    talk.allow_update();
    talk.expect_login(kUpdate);
    talk.answer(429);
    talk.expect_get(kConfig);
    talk.fails(cause);
    if (cause != Cause::malformed) {
      talk.pause();
      talk.expect_get(kConfig);
      talk.fails(cause);
    }
    CHECK_FALSE(talk.done().update_sent);
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().errors.size() == 1);
    CHECK(talk.done().errors[0].part == Part::auth);
    CHECK(talk.done().errors[0].cause == cause);
  }
}

TEST_CASE("429 to what writes on a device that says it is protected begins the window as well") {
  Talk talk(with_password(updating()));
  talk.identified(protected_info("Alt"));
  talk.expect_get(kSetName);
  talk.answer(429);
  talk.back_off();
  talk.expect_get(kConfig);
  talk.challenges();
  talk.get(kInfo, protected_info("Alt"));
  talk.get_with_login(kSetName, "{}");
  talk.get(kInfo, protected_info());
  talk.get_with_login(kCheck, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("429, and then a stranger is there: nothing is written to it") {
  const std::string stranger = R"({"mac":"34945472A643","id":"x-34945472a643","ver":"1.0.0"})";
  for (const bool challenged : {false, true}) {
    AtCheck update(with_password(updating()));
    update.get_by_login(kCheck, offer("1.7.5"));
    update.allow_update();
    update.expect_login(kUpdate);
    update.answer(429);
    update.expect_get(kConfig);
    challenged ? update.challenges() : update.answer(200, "{}");
    update.get(kInfo, stranger);
    CHECK(update.done().ota_status == OtaStatus::error);
    CHECK_FALSE(update.done().update_sent);
    CHECK(update.done().errors.back().cause == Cause::wrong_device);
    CHECK_FALSE(update.probe().seen());

    Talk name(with_password(updating()));
    name.identified(protected_info("Alt"));
    name.expect_get(kSetName);
    name.answer(429);
    name.back_off();
    name.expect_get(kConfig);
    challenged ? name.challenges() : name.answer(200, "{}");
    name.get(kInfo, stranger);
    CHECK(name.done().ota_status == OtaStatus::error);
    CHECK_FALSE(name.done().friendly_status);
    CHECK_FALSE(name.done().name_changed);
  }
}

TEST_CASE("429, and then nobody says who is there: nothing is written") {
  AtCheck talk(with_password(updating()));
  talk.get_by_login(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_login(kUpdate);
  talk.answer(429);
  talk.get(kConfig, "{}");
  talk.expect_get(kInfo);
  talk.fails(Cause::timeout);
  CHECK(talk.done().error_text() == "identity: cannot be read: timeout");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("429 to a nonce that was only just given is a lock-out, and is left alone") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.challenges();
  talk.expect_login(kCheck);
  talk.answer(429);
  CHECK(talk.done().error_text() == "auth: HTTP 429 (too many logins)");
}

TEST_CASE("the question for a challenge is asked once more if it fails in passing") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.answer(429);
  talk.back_off();
  talk.expect_get(kConfig);
  talk.answer(500, "Internal Server Error");
  talk.pause();
  talk.expect_get(kConfig);
  talk.challenges();
  talk.get_with_login(kCheck, "{}");
  CHECK(talk.done().outcome == Outcome::ok);

  AtCheck given_up(with_password(updating()));
  given_up.expect_get(kCheck);
  given_up.answer(429);
  given_up.back_off();
  given_up.expect_get(kConfig);
  given_up.answer(404, R"({"code":404,"message":"No handler"})");
  REQUIRE(given_up.done().errors.size() == 1);
  CHECK(given_up.done().error_text() == "auth: HTTP 404 (404 No handler)");
  CHECK(given_up.done().errors[0].http_status == 404);
  CHECK(given_up.done().errors[0].rpc_code == 404);
}

TEST_CASE("a nonce that comes again goes on counting") {
  AtCheck stale(with_password(updating()));
  stale.expect_get(kCheck);
  stale.challenges();
  stale.expect_login(kCheck);
  stale.challenges(a_challenge("642dabce", ", stale=true"));
  CHECK(stale.done().error_text() == "auth: login refused");

  AtCheck lost(with_password(updating()));
  lost.get_by_login(kCheck, offer("1.7.5"));
  lost.allow_update();
  CHECK(holds(lost.expect_login(kUpdate), "nc=00000003"));
  lost.answer(429);
  lost.expect_get(kConfig);
  lost.challenges();
  lost.get(kInfo, info());
  CHECK(holds(lost.expect_login(kUpdate), "nc=00000004"));
}

TEST_CASE("an id that names another MAC is nobody's realm") {
  Talk talk(with_password(ota_only()));
  talk.identified(
      R"({"id":"shellyplus1-a8032a0000ff","mac":"A8032ABE54DC","ver":"1.7.0","auth_en":true})");
  talk.expect_get(kCheck);
  talk.challenges(
      "Digest qop=\"auth\", realm=\"shellyplus1-a8032a0000ff\", nonce=\"1\", algorithm=SHA-256");
  CHECK(talk.done().error_text() == "auth: no login sent: the device's id is not of its MAC");
}

TEST_CASE("the id's spelling of the MAC does not matter") {
  Talk talk(with_password(ota_only()));
  talk.identified(R"({"id":"ShellyWallDisplay-A8032ABE54DC","mac":"A8032ABE54DC","ver":"1.7.0"})");
  talk.expect_get(kCheck);
  talk.challenges(
      "Digest qop=\"auth\", realm=\"ShellyWallDisplay-A8032ABE54DC\", nonce=\"1\", "
      "algorithm=SHA-256");
  CHECK(talk.expect_get(kCheck).authorization != "");
}

TEST_CASE("429 to what writes, where no login was ever wanted, is a refusal") {
  Talk talk(updating());
  talk.identified();
  talk.expect_get(kSetName);
  talk.answer(429);
  talk.get(kCheck, offer("1.7.5"));
  talk.allow_update();
  talk.expect_get(kUpdate);
  talk.answer(429);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "friendly: HTTP 429; OTA: HTTP 429");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("abandoned while a refused update waits for its challenge: it was not sent") {
  for (const bool waits : {true, false}) {
    AtCheck talk(with_password(updating()));
    talk.get_by_login(kCheck, offer("1.7.5"));
    talk.allow_update();
    talk.expect_login(kUpdate);
    talk.answer(429);
    if (waits) talk.answer(429);
    talk.probe().abandon();
    CHECK(talk.probe().result().outcome == Outcome::cancelled);
    CHECK_FALSE(talk.probe().result().update_sent);
  }
}

TEST_CASE("protected firmware before 1.0.2 takes parameters in a body") {
  Talk talk(with_password(updating()));
  talk.identified(info_with("1.0.1", "", true));
  const char* const kName = R"({"config":{"device":{"name":"Neu"}}})";
  talk.expect_call("/rpc/Sys.SetConfig", kName);
  talk.challenges();
  talk.expect_login("/rpc/Sys.SetConfig", kName);
  talk.answer(200, "{}");
  talk.get(kInfo, info(R"("name":"Neu")"));
  talk.get_with_login(kCheck, offer("1.7.5"));
  talk.allow_update(info_with("1.0.1", "", true));
  talk.expect_login("/rpc/Shelly.Update", R"({"stage":"stable"})");
  talk.answer(200, "null");
  CHECK(talk.done().update_sent);
}

TEST_CASE("all others take them in the query") {
  for (const auto& body : {info_with("1.0.1", "", false), info_with("1.0.2", "", true),
                           info_with("1.0.10", "", true), info_with("2.0.0", "", true)}) {
    Talk talk(with_password(updating()));
    talk.identified(body);
    talk.expect_get(kSetName);
  }
}
