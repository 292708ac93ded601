// How the probe asks: the one repetition, login and back-off.

#include <vector>

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// What a device on old firmware tells.
std::string old_info(const std::string& version, bool auth) {
  return R"({"id":"shellyplus1-a8032abe54dc","mac":"A8032ABE54DC","gen":2,"ver":")" + version +
         R"(","fw_id":"","app":"Plus1","name":"Alt","auth_en":)" + (auth ? "true" : "false") + "}";
}

std::string protected_info() {
  return info(R"("name":"Neu","auth_en":true)");
}

/// A device in need of no name, so that CheckForUpdate is the first call that may want a login.
struct AtCheck : Talk {
  explicit AtCheck(Policy policy, const std::string& body = protected_info())
      : Talk(std::move(policy)) {
    identified(body);
  }
};

}  // namespace

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

TEST_CASE("auth_en alone is no reason to log in or to fail") {
  AtCheck talk(ota_only());
  CHECK_FALSE(talk.expect_get(kCheck).login);
  talk.answer(200, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(talk.done().error_text() == "");
  CHECK_FALSE(talk.probe().logged_in());
}

TEST_CASE("a known password waits for the challenge of the right realm") {
  std::vector<std::string> asked;
  Policy policy = ota_only();
  policy.password_source = [&](const Mac& mac, std::string_view realm) {
    asked.push_back(mac.to_string() + "@" + std::string(realm));
    return std::optional<std::string>("secret");
  };
  AtCheck talk(policy);
  const Call call = talk.expect_get(kCheck);
  REQUIRE(call.login);
  CHECK(call.login->realm == "shellyplus1-a8032abe54dc");
  CHECK(call.login->password == "secret");
  CHECK_FALSE(call.login->forget_nonce);
  talk.answers_login(offer("1.7.5"));
  CHECK(talk.probe().logged_in());
  talk.permit(true);
  CHECK_FALSE(talk.expect_get(kInfo).login);
  talk.answer(200, info());
  CHECK(talk.expect_get(kUpdate).login);
  talk.answers_login("null");
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(asked == std::vector<std::string>{"A8032ABE54DC@shellyplus1-a8032abe54dc"});
}

TEST_CASE("a 401 without auth_en is answered with a login as well") {
  AtCheck talk(with_password(ota_only()), info());
  CHECK_FALSE(talk.expect_get(kCheck).login);
  talk.answer(401);
  const Call call = talk.expect_get(kCheck);
  REQUIRE(call.login);
  CHECK(call.login->realm == "shellyplus1-a8032abe54dc");
  talk.answers_login("{}");
  CHECK(talk.done().ota_status == OtaStatus::up_to_date);
}

TEST_CASE("no password known: login required") {
  Policy none = ota_only();
  none.password_source = [](const Mac&, std::string_view) { return std::optional<std::string>(); };
  for (const Policy& policy : {ota_only(), none}) {
    for (const std::string& body : {protected_info(), info()}) {
      AtCheck talk(policy, body);
      CHECK_FALSE(talk.expect_get(kCheck).login);
      talk.answer(401);
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
  Talk talk(with_password(updating()));
  talk.identified(info(R"("name":"Alt","auth_en":true)"));
  CHECK(talk.expect_get(kSetName).login);
  talk.refuses_login();
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::error);
  CHECK(result.ota_status == OtaStatus::error);
  CHECK(result.error_text() == "auth: login refused");
  CHECK(result.errors.size() == 1);
  CHECK(result.errors[0].cause == Cause::login_refused);
  CHECK_FALSE(result.name_changed);
}

TEST_CASE("the parts that needed no login keep their verdict") {
  AtCheck talk(with_password(updating()));
  talk.expect_get(kCheck);
  talk.refuses_login();
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: login refused");

  Talk disabled(with_password(naming_only()));
  disabled.identified(info(R"("name":"Alt","auth_en":true)"));
  disabled.expect_get(kSetName);
  disabled.refuses_login();
  CHECK(disabled.done().ota_status == OtaStatus::skipped);
  CHECK(disabled.done().friendly_status == FriendlyStatus::error);
}

TEST_CASE("a login that is needed to read the name") {
  Talk talk(updating());
  talk.identified(info(R"("auth_en":true)"));
  talk.expect_get(kConfig);
  talk.answer(401);
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
  talk.answer(401);
  CHECK(talk.done().friendly_status == FriendlyStatus::ok);
  CHECK(talk.done().name_changed);
  CHECK_FALSE(talk.done().device_name);
}

TEST_CASE("a challenge that must not be answered is told") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  talk.declines("challenge is not SHA-256");
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: no login sent: challenge is not SHA-256");
  CHECK(talk.done().errors[0].cause == Cause::login_declined);
  CHECK_FALSE(talk.probe().logged_in());
}

TEST_CASE("a device without an id gets no login") {
  Talk talk(with_password(ota_only()));
  talk.identified(R"({"mac":"A8032ABE54DC","ver":"1.7.0","auth_en":true,"name":"Neu"})");
  CHECK_FALSE(talk.expect_get(kCheck).login);
  talk.answer(401);
  CHECK(talk.done().error_text() == "auth: login required");
}

TEST_CASE("429: one try that begins without a login, then it is given up") {
  AtCheck talk(with_password(updating()));
  CHECK_FALSE(talk.expect_get(kCheck).login->forget_nonce);
  talk.answer(429);
  talk.pause();
  CHECK(talk.expect_get(kCheck).login->forget_nonce);
  talk.answer(429);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: HTTP 429 (too many logins)");
  CHECK(talk.done().errors[0].http_status == 429);
}

TEST_CASE("429 that the one try overcomes") {
  Talk talk(with_password(updating()));
  talk.identified(info(R"("name":"Alt","auth_en":true)"));
  talk.expect_get(kSetName);
  talk.answer(429);
  talk.pause();
  CHECK(talk.expect_get(kSetName).login->forget_nonce);
  talk.answers_login("{}");
  talk.get(kInfo, info(R"("name":"Neu","auth_en":true)"));
  CHECK_FALSE(talk.expect_get(kCheck).login->forget_nonce);
  talk.answers_login("{}");
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("429 to what writes, and shows no login, is a refusal") {
  Talk talk(updating());
  talk.identified();
  talk.expect_get(kSetName);
  talk.answer(429);
  talk.get(kCheck, offer("1.7.5"));
  talk.permit(true);
  talk.get(kInfo, info());
  talk.expect_get(kUpdate);
  talk.answer(429);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "friendly: HTTP 429; OTA: HTTP 429");
  CHECK_FALSE(talk.done().update_sent);
}

TEST_CASE("429 is backed off from once a run, also without a password") {
  AtCheck talk(updating());
  talk.expect_get(kCheck);
  talk.answer(429);
  talk.pause();
  CHECK_FALSE(talk.expect_get(kCheck).login);
  talk.answer(429);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().errors.size() == 1);
}

TEST_CASE("protected firmware before 1.0.2 takes parameters in a body") {
  Talk talk(with_password(updating()));
  talk.identified(old_info("1.0.1", true));
  talk.expect_call("/rpc/Sys.SetConfig", R"({"config":{"device":{"name":"Neu"}}})");
  talk.answers_login("{}");
  talk.get(kInfo, info(R"("name":"Neu")"));
  CHECK(talk.expect_get(kCheck).login);
  talk.answers_login(offer("1.7.5"));
  talk.permit(true);
  talk.get(kInfo, old_info("1.0.1", true));
  talk.expect_call("/rpc/Shelly.Update", R"({"stage":"stable"})");
  talk.answers_login("null");
  CHECK(talk.done().update_sent);
}

TEST_CASE("all others take them in the query") {
  for (const auto& body : {old_info("1.0.1", false), old_info("1.0.2", true),
                           old_info("1.0.10", true), old_info("2.0.0", true)}) {
    Talk talk(with_password(updating()));
    talk.identified(body);
    talk.expect_get(kSetName);
  }
}

TEST_CASE("a lost answer to a call with a login is asked for once more") {
  AtCheck talk(with_password(ota_only()));
  talk.expect_get(kCheck);
  Reply lost;
  lost.failure = Cause::closed;
  lost.login_sent = true;
  talk.feed(lost);
  talk.pause();
  CHECK(talk.expect_get(kCheck).login);
  talk.refuses_login();
  CHECK(talk.done().error_text() == "auth: login refused");
}

TEST_CASE("a login that the update needs and does not get") {
  AtCheck talk(updating());
  talk.get(kCheck, offer("1.7.5"));
  talk.permit(true);
  talk.get(kInfo, info());
  talk.expect_get(kUpdate);
  talk.answer(401);
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(talk.done().error_text() == "auth: login required");
  CHECK_FALSE(talk.done().update_sent);
}
