// Step 4 of the conversation: the name.

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

Policy backfilling() {
  Policy policy = naming_only();
  policy.config.friendly.backfill = true;
  return policy;
}

/// `info()` as a Wall Display answers it.
std::string nameless_info() {
  return info("");
}

void check_written(const DeviceResult& result) {
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.friendly_status == FriendlyStatus::ok);
  CHECK(result.name_changed);
  CHECK(result.error_text() == "");
}

}  // namespace

TEST_CASE("an equal name sends nothing") {
  Talk talk(naming_only());
  talk.identified(info(R"("name":"Neu")"));
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::ok);
  CHECK(result.device_name == "Neu");
  CHECK_FALSE(result.name_changed);
}

TEST_CASE("another name is written and read back") {
  Talk talk(naming_only());
  talk.identified(info(R"("name":"Alt")"));
  CHECK(talk.expect_get(kSetName).timeout == 5s);
  talk.answer(200, shelly::kSaved);
  talk.get(kInfo, info(R"("name":"Neu")"));
  check_written(talk.done());
  CHECK(talk.done().previous_name == "Alt");
  CHECK(talk.done().device_name == "Neu");
}

TEST_CASE("a device without a name gets one, with backfill and without") {
  for (const char* none : {R"("name":null)", R"("name":"")"}) {
    for (const Policy& policy : {naming_only(), backfilling()}) {
      Talk talk(policy);
      talk.identified(info(none));
      talk.get(kSetName, shelly::kSaved);
      talk.get(kInfo, info(R"("name":"Neu")"));
      check_written(talk.done());
      CHECK(talk.done().previous_name == "");
    }
  }
}

TEST_CASE("backfill leaves a name alone and shows it") {
  Talk talk(backfilling());
  talk.identified(info(R"("name":"Alt")"));
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::ok);
  CHECK(result.device_name == "Alt");
  CHECK_FALSE(result.name_changed);
  CHECK(result.outcome == Outcome::ok);
}

TEST_CASE("the name is read from Sys.GetConfig where GetDeviceInfo has none") {
  Talk talk(naming_only());
  talk.identified(nameless_info());
  CHECK(talk.expect_get(kConfig).timeout == 5s);
  talk.answer(200, sys_config(R"("Alt")"));
  talk.get(kSetName, shelly::kSaved);
  talk.get(kConfig, sys_config(R"("Neu")"));
  check_written(talk.done());
  CHECK(talk.done().previous_name == "Alt");
  CHECK(talk.done().device_name == "Neu");
}

TEST_CASE("a name that cannot be read is written without backfill") {
  const auto write = [](Talk& talk) {
    talk.get(kSetName, "{}");
    talk.get(kConfig, sys_config(R"("Neu")"));
    check_written(talk.done());
    CHECK_FALSE(talk.done().previous_name);
  };
  Talk refused(naming_only());
  refused.identified(nameless_info());
  refused.expect_get(kConfig);
  refused.answer(500, R"({"code":-109,"message":"Failed precondition"})");
  write(refused);

  Talk silent(naming_only());
  silent.identified(nameless_info());
  silent.expect_get(kConfig);
  silent.fails(Cause::timeout);
  silent.pause();
  silent.expect_get(kConfig);
  silent.fails(Cause::timeout);
  // The identity is as old as two time limits by now.
  silent.get(kInfo, nameless_info());
  write(silent);

  Talk taken_over(naming_only());
  taken_over.identified(nameless_info());
  taken_over.expect_get(kConfig);
  taken_over.fails(Cause::timeout);
  taken_over.pause();
  taken_over.expect_get(kConfig);
  taken_over.fails(Cause::timeout);
  taken_over.get(kInfo, R"({"mac":"34945472A643","id":"x-34945472a643","ver":"1.0.0"})");
  CHECK(taken_over.done().ota_status == OtaStatus::error);
  CHECK_FALSE(taken_over.done().friendly_status);

  Talk garbled(naming_only());
  garbled.identified(nameless_info());
  garbled.get(kConfig, "<html>");
  write(garbled);

  Talk odd(naming_only());
  odd.identified(nameless_info());
  odd.get(kConfig, sys_config("12"));
  write(odd);
}

TEST_CASE("a name that cannot be read is never written with backfill") {
  Talk talk(backfilling());
  talk.identified(nameless_info());
  talk.expect_get(kConfig);
  talk.answer(500, R"({"code":-109})");
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::error);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.error_text() == "friendly: name cannot be read");
  CHECK(result.errors[0].cause == Cause::name_unknown);

  Talk odd(backfilling());
  odd.identified(nameless_info());
  odd.get(kConfig, sys_config("{}"));
  CHECK(odd.done().error_text() == "friendly: name cannot be read");
}

TEST_CASE("a stranger that answers Sys.GetConfig is not written") {
  for (const char* name : {R"("Alt")", "null", "12"}) {
    CAPTURE(name);
    Talk talk(updating());
    talk.identified(nameless_info());
    talk.get(kConfig, sys_config(name, "34945472A643"));
    const DeviceResult& result = talk.done();
    CHECK(result.ota_status == OtaStatus::error);
    CHECK_FALSE(result.friendly_status);
    CHECK_FALSE(result.device_name);
    CHECK(result.error_text() == "identity: expected A8032ABE54DC, found 34945472A643");
  }
}

TEST_CASE("the wanted name is normalised before it is compared and written") {
  Talk equal(naming_only(), named("\t Neu\xE2\x80\xAE  \x1b"));
  equal.identified(info(R"("name":"Neu")"));
  CHECK(equal.done().friendly_status == FriendlyStatus::ok);
  CHECK(equal.done().wanted_name == "Neu");
  CHECK_FALSE(equal.done().name_changed);

  Policy policy = naming_only();
  policy.config.friendly.max_length = 3;
  Talk cut(policy, named("Neues Zimmer"));
  cut.identified();
  cut.expect_get(kSetName);
}

TEST_CASE("names reach the device as compact percent-encoded JSON") {
  Talk talk(naming_only(), named("K\xC3\xBC"
                                 "che \"oben\""));
  talk.identified();
  talk.expect_get(
      "/rpc/"
      "Sys.SetConfig?config=%7B%22device%22%3A%7B%22name%22%3A%22K%C3%BCche%20%5C%22oben%5C%22%22%"
      "7D%7D");

  Talk number(naming_only(), named("12"));
  number.identified();
  number.expect_get("/rpc/Sys.SetConfig?config=%7B%22device%22%3A%7B%22name%22%3A%2212%22%7D%7D");
}

TEST_CASE("no value is no value") {
  for (const char* name : {"", " \t\r\n", "\xE2\x80\x8B\xE2\x80\xAE", "\x01\x7f"}) {
    Talk talk(naming_only(), named(name));
    talk.identified();
    CHECK(talk.done().friendly_status == FriendlyStatus::no_value);
    CHECK(talk.done().outcome == Outcome::ok);
    CHECK(talk.done().device_name == "Alt");
  }
  Device device = a_device();
  device.wanted_name = {};
  Talk absent(naming_only(), device);
  absent.identified(nameless_info());
  CHECK(absent.done().friendly_status == FriendlyStatus::no_value);
}

TEST_CASE("a value that is no string is an error, and the rest goes on") {
  Device device = a_device();
  device.wanted_name = {WantedName::Kind::not_a_string, ""};
  Talk talk(Policy(), device);
  talk.identified();
  talk.get(kCheck, "{}");
  CHECK(talk.done().friendly_status == FriendlyStatus::error);
  CHECK(talk.done().ota_status == OtaStatus::up_to_date);
  CHECK(talk.done().outcome == Outcome::failed);
  CHECK(talk.done().error_text() == "friendly: friendly_name is not a string");
}

TEST_CASE("disabled is skipped") {
  Talk talk(ota_only());
  talk.identified();
  talk.get(kCheck, "{}");
  CHECK(talk.done().friendly_status == FriendlyStatus::skipped);
  CHECK(talk.done().wanted_name == "");
}

TEST_CASE("a refused write tells why and is never repeated") {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"code":-103,"message":"Invalid argument"})",
       "friendly: HTTP 500 (-103 Invalid argument)"},
      {R"({"code":-109})", "friendly: HTTP 500 (-109)"},
      {"", "friendly: HTTP 500"},
      {"Internal Server Error", "friendly: HTTP 500"},
  };
  for (const auto& [body, text] : cases) {
    Talk talk;
    talk.identified();
    talk.expect_get(kSetName);
    talk.answer(500, body);
    talk.get(kCheck, "{}");
    const DeviceResult& result = talk.done();
    CHECK(result.friendly_status == FriendlyStatus::error);
    CHECK(result.ota_status == OtaStatus::up_to_date);
    CHECK(result.outcome == Outcome::failed);
    CHECK_FALSE(result.name_changed);
    CHECK(result.device_name == "Alt");
    CHECK(result.error_text() == text);
    CHECK(result.errors[0].http_status == 500);
  }
}

TEST_CASE("an RPC error carries its code, whatever the HTTP status") {
  Talk talk(naming_only());
  talk.identified();
  talk.get(kSetName, R"({"code":-103,"message":"Invalid argument"})");
  CHECK(talk.done().error_text() == "friendly: HTTP 200 (-103 Invalid argument)");
  CHECK(talk.done().errors[0].cause == Cause::rpc);
  CHECK(talk.done().errors[0].rpc_code == -103);
}

TEST_CASE("a write without an answer is never repeated, and the name is unknown then") {
  for (const Cause cause : {Cause::timeout, Cause::reset, Cause::closed, Cause::refused}) {
    Talk talk;
    talk.identified();
    talk.expect_get(kSetName);
    talk.fails(cause);
    talk.get(kCheck, "{}");
    CHECK(talk.done().friendly_status == FriendlyStatus::error);
    CHECK_FALSE(talk.done().device_name);
    CHECK_FALSE(talk.done().name_changed);
    CHECK(talk.done().errors[0].cause == cause);
  }
}

TEST_CASE("a status that HTTP does not have is no answer to a write") {
  Talk talk(naming_only());
  talk.identified();
  talk.expect_get(kSetName);
  talk.answer(40, "{}");
  CHECK_FALSE(talk.done().device_name);
  CHECK(talk.done().error_text() == "friendly: answer is not HTTP");
}

TEST_CASE("another name read back is an error") {
  Talk talk(naming_only());
  talk.identified();
  talk.get(kSetName, "{}");
  talk.get(kInfo, info(R"("name":"Ne")"));
  CHECK(talk.done().friendly_status == FriendlyStatus::error);
  CHECK(talk.done().error_text() == "friendly: device kept the name \"Ne\"");
  CHECK(talk.done().errors[0].cause == Cause::name_mismatch);
  CHECK(talk.done().device_name == "Ne");
}

TEST_CASE("a failed read-back after an accepted write is ok without a device name") {
  Talk refused(naming_only());
  refused.identified();
  refused.get(kSetName, "{}");
  refused.expect_get(kInfo);
  refused.answer(404);
  check_written(refused.done());
  CHECK_FALSE(refused.done().device_name);

  Talk silent(naming_only());
  silent.identified();
  silent.get(kSetName, "{}");
  silent.expect_get(kInfo);
  silent.fails(Cause::timeout);
  silent.pause();
  silent.expect_get(kInfo);
  silent.fails(Cause::refused);
  check_written(silent.done());
  CHECK_FALSE(silent.done().device_name);

  for (const std::string& body : {std::string("garbage"), info("")}) {
    Talk odd(naming_only());
    odd.identified();
    odd.get(kSetName, "{}");
    odd.get(kInfo, body);
    check_written(odd.done());
    CHECK_FALSE(odd.done().device_name);
  }
}

TEST_CASE("a stranger in the read-back ends it") {
  Talk talk(updating());
  talk.identified();
  talk.get(kSetName, "{}");
  talk.get(kInfo, R"({"mac":"34945472A643","name":"Fremd","ver":"9.9.9","id":"x","app":"y"})");
  const DeviceResult& result = talk.done();
  CHECK(result.ota_status == OtaStatus::error);
  CHECK(result.friendly_status == FriendlyStatus::error);
  CHECK(result.error_text() == "identity: expected A8032ABE54DC, found 34945472A643");
  CHECK_FALSE(result.device_name);
  CHECK(result.fw == "1.7.0");

  Talk config(updating());
  config.identified(nameless_info());
  config.get(kConfig, sys_config("null"));
  config.get(kSetName, "{}");
  config.get(kConfig, sys_config("12", "34945472A643"));
  CHECK(config.done().ota_status == OtaStatus::error);
}

TEST_CASE("a dry run promises no name to a device that takes no login") {
  Policy policy = updating();
  policy.dry_run = true;
  Talk talk(policy);
  talk.identified();
  talk.expect_get(kCheck);
  talk.answer(401);
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::error);
  CHECK_FALSE(result.name_changed);
  CHECK_FALSE(result.previous_name);
  CHECK(result.wanted_name == "Neu");
  CHECK(result.device_name == "Alt");
  CHECK(result.error_text() == "auth: login required");
}

TEST_CASE("a dry run shows the change and writes nothing") {
  Policy policy = naming_only();
  policy.dry_run = true;
  Talk talk(policy);
  talk.identified();
  const DeviceResult& result = talk.done();
  CHECK(result.friendly_status == FriendlyStatus::ok);
  CHECK(result.name_changed);
  CHECK(result.previous_name == "Alt");
  CHECK(result.wanted_name == "Neu");
  CHECK(result.device_name == "Alt");

  Talk unreadable(policy);
  unreadable.identified(nameless_info());
  unreadable.get(kConfig, "<html>");
  CHECK(unreadable.done().name_changed);
  CHECK_FALSE(unreadable.done().previous_name);
}
