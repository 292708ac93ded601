// Steps 1 and 2 of the conversation: reachable, and the right one?

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr Cause kSilences[] = {Cause::refused, Cause::reset, Cause::closed, Cause::unreachable,
                               Cause::timeout};

/// What a wrong, unreadable or unsupported device must leave behind.
void check_untouched(const DeviceResult& result, Cause cause, const std::string& text) {
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.ota_status == OtaStatus::error);
  CHECK_FALSE(result.friendly_status);
  CHECK(result.error_text() == text);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].part == Part::identity);
  CHECK(result.errors[0].cause == cause);
  CHECK(result.id == "");
  CHECK(result.app == "");
  CHECK(result.fw == "");
  CHECK_FALSE(result.device_name);
}

}  // namespace

TEST_CASE("no answer to the ping and none to HTTP is offline, after one try") {
  for (const Cause cause : kSilences) {
    CAPTURE(to_string(cause));
    Talk talk(updating());
    talk.ping(false);
    CHECK(talk.expect_get(kInfo).timeout == 1s);
    talk.fails(cause);
    // Where plain HTTP is refused, there may be TLS.
    if (cause == Cause::refused) talk.fails(Cause::refused);
    const DeviceResult& result = talk.done();
    CHECK(result.outcome == Outcome::offline);
    CHECK(result.ota_status == OtaStatus::offline);
    CHECK_FALSE(result.friendly_status);
    CHECK(result.error_text() == "");
    CHECK_FALSE(talk.probe().seen());
  }
}

TEST_CASE("a device that answers the ping but not HTTP is offline, and the error says so") {
  const std::pair<Cause, const char*> cases[] = {
      {Cause::refused, "reach: answers ping, not HTTP: connection refused"},
      {Cause::reset, "reach: answers ping, not HTTP: connection reset"},
      {Cause::closed, "reach: answers ping, not HTTP: closed without a whole answer"},
      {Cause::unreachable, "reach: answers ping, not HTTP: unreachable"},
      {Cause::timeout, "reach: answers ping, not HTTP: timeout"},
  };
  for (const auto& [cause, text] : cases) {
    Talk talk(updating());
    talk.ping(true);
    CHECK(talk.expect_get(kInfo).timeout == 5s);
    talk.fails(cause);
    talk.pause();
    CHECK(talk.expect_get(kInfo).timeout == 5s);
    talk.fails(cause);
    if (cause == Cause::refused) talk.fails(Cause::refused);
    const DeviceResult& result = talk.done();
    CHECK(result.outcome == Outcome::offline);
    CHECK(result.ota_status == OtaStatus::offline);
    CHECK_FALSE(result.friendly_status);
    CHECK(result.error_text() == text);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].part == Part::reach);
    CHECK(result.errors[0].cause == cause);
  }
}

TEST_CASE("a device that does not answer the ping is asked all the same") {
  Talk talk(naming_only());
  talk.ping(false);
  talk.get(kInfo, info(R"("name":"Neu")"));
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("an HTTP error once, then silence: it is there, so it is not offline") {
  Talk talk(updating());
  talk.ping(false);
  talk.expect_get(kInfo);
  talk.answer(503);
  talk.pause();
  talk.expect_get(kInfo);
  talk.fails(Cause::timeout);
  check_untouched(talk.done(), Cause::timeout, "identity: cannot be read: timeout");
}

TEST_CASE("the timeouts are the configured ones") {
  Policy policy = updating();
  policy.config.timeouts.ping = 700ms;
  policy.config.timeouts.reach = 2s;
  policy.config.timeouts.rpc = 9s;
  Talk silent(policy);
  silent.ping(false);
  CHECK(silent.expect_get(kInfo).timeout == 2s);
  Talk alive(policy);
  alive.ping(true);
  CHECK(alive.expect_get(kInfo).timeout == 9s);
}

TEST_CASE("the right device tells who it is") {
  Talk talk(naming_only());
  talk.identified(info(R"("name":"Neu")"));
  const DeviceResult& result = talk.done();
  CHECK(result.id == "shellyplus1-a8032abe54dc");
  CHECK(result.app == "Plus1");
  CHECK(result.fw == "1.7.0");
  CHECK(result.fw_id == "20260101-100000/1.7.0-g0000000");
  CHECK(result.device_name == "Neu");
  CHECK(talk.probe().seen());
}

TEST_CASE("an alias is the right device too") {
  Device device = a_device();
  device.mac = *Mac::parse("E08CFE96CCC4");
  Talk stranger(updating(), device);
  stranger.identified();
  check_untouched(stranger.done(), Cause::wrong_device,
                  "identity: expected E08CFE96CCC4, found A8032ABE54DC");

  device.aliases = {*Mac::parse("000000000001"), *Mac::parse("a8:03:2a:be:54:dc")};
  Talk alias(naming_only(), device);
  alias.identified(info(R"("name":"Neu")"));
  CHECK(alias.done().outcome == Outcome::ok);
}

TEST_CASE("a stranger is asked nothing more, and nothing of it is kept") {
  Talk talk(with_password(updating()));
  talk.identified(
      R"({"name":"Neu","id":"shelly1-34945472a643","mac":"34945472A643","gen":2,"ver":"1.0.0","app":"X","auth_en":true})");
  check_untouched(talk.done(), Cause::wrong_device,
                  "identity: expected A8032ABE54DC, found 34945472A643");
  CHECK_FALSE(talk.probe().seen());
}

TEST_CASE("Gen1 is found through /shelly") {
  Talk talk(updating());
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.answer(404, "Not Found");
  talk.get(
      "/shelly",
      R"({"type":"SHSW-1","mac":"A8032ABE54DC","auth":false,"fw":"20230913-112003/v1.14.0-gcb84623"})");
  check_untouched(talk.done(), Cause::unsupported, "identity: Gen1 is not supported");
}

TEST_CASE("Gen1 behind a login answers 401 to all but /shelly, and is sent none") {
  Talk talk(with_password(updating()));
  talk.ping(true);
  CHECK(talk.expect_get(kInfo).authorization == "");
  talk.answer(401);
  CHECK(talk.expect_get("/shelly").authorization == "");
  talk.answer(
      200,
      R"({"type":"SHSW-1","mac":"A8032ABE54DC","auth":true,"fw":"20230913-112003/v1.14.0-gcb84623","discoverable":false,"longid":1,"num_outputs":1})");
  check_untouched(talk.done(), Cause::unsupported, "identity: Gen1 is not supported");
}

TEST_CASE("a 401 from /shelly as well cannot be read") {
  Talk talk(with_password(updating()));
  talk.ping(true);
  CHECK(talk.expect_get(kInfo).authorization == "");
  talk.answer(401);
  CHECK(talk.expect_get("/shelly").authorization == "");
  talk.answer(401);
  check_untouched(talk.done(), Cause::http, "identity: cannot be read: HTTP 401");
}

TEST_CASE("damage where it is not needed locks no device out") {
  const char* const bodies[] = {
      ("{\"mac\":\"A8032ABE54DC\",\"name\":\"K\xfc"
       "che\"}"),
      R"({"mac":"A8032ABE54DC","name":"\ud800"})",
      R"({"mac":"A8032ABE54DC","name":7,"ver":1.7,"fw_id":20260101,"app":null,"auth_en":"yes"})",
      "{\"mac\":\"A8032ABE54DC\",\"x\xff\":[\"\xff\",1e999,\"\\udc00\"]}",
  };
  for (const char* body : bodies) {
    CAPTURE(body);
    Policy policy = naming_only();
    policy.dry_run = true;
    Talk talk(policy);
    talk.identified(body);
    talk.get(kConfig, sys_config(R"("Neu")"));
    CHECK(talk.done().outcome == Outcome::ok);
    CHECK(talk.done().device_name == "Neu");
    CHECK(talk.done().fw == "");
  }
}

TEST_CASE("/shelly of a Gen2 device is as good as GetDeviceInfo") {
  Talk talk(naming_only());
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.answer(404, R"({"code":404,"message":"No handler for Shelly.GetDeviceInfo"})");
  talk.get("/shelly", info(R"("name":"Neu")"));
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("a 404 and then nothing is not offline") {
  Talk talk(updating());
  talk.ping(false);
  talk.expect_get(kInfo);
  talk.answer(404);
  talk.expect_get("/shelly");
  talk.fails(Cause::timeout);
  talk.pause();
  talk.expect_get("/shelly");
  talk.fails(Cause::reset);
  check_untouched(talk.done(), Cause::reset, "identity: cannot be read: connection reset");
}

TEST_CASE("a 404 from /shelly as well cannot be read") {
  Talk talk(updating());
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.answer(404);
  talk.expect_get("/shelly");
  talk.answer(404);
  check_untouched(talk.done(), Cause::http, "identity: cannot be read: HTTP 404");
}

TEST_CASE("an answer that is none cannot be read") {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "identity: cannot be read: answer has no MAC"},
      {R"({"mac":"x"})", "identity: cannot be read: \"x\" is not a MAC"},
      {R"({"mac":1})", "identity: cannot be read: answer has no MAC"},
      {"{\"mac\":\"A8032ABE54DC\xff\"}", "identity: cannot be read: answer has no MAC"},
  };
  for (const auto& [body, text] : cases) {
    Talk talk(updating());
    talk.identified(body);
    check_untouched(talk.done(), Cause::malformed, text);
  }
  for (const char* body : {"", "null", "[]", "<html>"}) {
    CAPTURE(body);
    Talk talk(updating());
    talk.identified(body);
    CHECK(talk.done().error_text().rfind("identity: cannot be read: answer is not JSON", 0) == 0);
  }
}

TEST_CASE("an HTTP error cannot be read, and no login is tried for it") {
  for (const int status : {403, 429, 302, 204}) {
    CAPTURE(status);
    Talk talk(with_password(updating()));
    talk.ping(true);
    CHECK(talk.expect_get(kInfo).authorization == "");
    talk.answer(status);
    check_untouched(talk.done(), Cause::http,
                    "identity: cannot be read: HTTP " + std::to_string(status));
  }
}

TEST_CASE("what is not HTTP cannot be read, and is not offline") {
  for (const Cause cause : {Cause::malformed, Cause::too_large, Cause::local}) {
    Talk talk(updating());
    talk.ping(false);
    talk.expect_get(kInfo);
    talk.fails(cause);
    CHECK(talk.done().outcome == Outcome::failed);
    CHECK(talk.done().ota_status == OtaStatus::error);
    CHECK(talk.done().error_text().rfind("identity: cannot be read: ", 0) == 0);
  }
}

TEST_CASE("a Wall Display: mixed-case id, no name in GetDeviceInfo") {
  Device device = a_device();
  device.mac = *Mac::parse("00082261E102");
  Talk talk(naming_only(), device);
  talk.identified(
      R"({"id":"ShellyWallDisplay-00082261E102","mac":"00082261E102","model":"SAWD-0A1XX10EU1","gen":2,"fw_id":"20240522-084653/2.0.2-5b0f7b6f","ver":"2.0.2","app":"WallDisplay","auth_en":false,"wifi":{"rssi":-50}})");
  talk.get(kConfig, sys_config(R"("Neu")", "00082261E102"));
  CHECK(talk.done().outcome == Outcome::ok);
  CHECK(talk.done().device_name == "Neu");
  CHECK(talk.done().id == "ShellyWallDisplay-00082261E102");
}

TEST_CASE("an entry that cannot be used is never asked") {
  Device device = a_device();
  device.defect = "no address";
  Talk talk(updating(), device);
  const DeviceResult& result = talk.done();
  CHECK(result.outcome == Outcome::failed);
  CHECK_FALSE(result.friendly_status);
  CHECK(result.error_text() == "entry: no address");
  CHECK(result.errors[0].part == Part::entry);
}

TEST_CASE("protected firmware without a number is old or not by its date") {
  const auto first_write = [](const std::string& date) {
    Talk talk(with_password(updating()));
    talk.identified(R"({"id":"shellyplus1-a8032abe54dc","mac":"A8032ABE54DC","ver":"i4prod0",)"
                    R"("name":"Alt","auth_en":true,"fw_id":")" +
                    date + R"(/i4prod0-g2345cff"})");
    return talk.call().target;
  };
  // It computes the digest without the query, and gets its parameters in a body.
  CHECK(first_write("20211101-134319") == "/rpc/Sys.SetConfig");
  CHECK(first_write("20260311-095911") == kSetName);
}
