// A call says the same for HTTP and for any other transport.

#include "conversation.hpp"

using namespace stage3;

namespace {

struct Said {
  std::string method;
  std::string parameters;
};

/// The pending call, as a transport that is not HTTP sees it.
void expect(Talk& talk, const Said& said) {
  CAPTURE(talk.call().target);
  CHECK(std::string(talk.call().method) == said.method);
  CHECK(talk.call().parameters == said.parameters);
}

}  // namespace

TEST_CASE("each call names its method and its parameters") {
  Talk talk(updating());
  talk.ping(true);
  expect(talk, {"Shelly.GetDeviceInfo", ""});
  talk.answer(200, info(""));
  expect(talk, {"Sys.GetConfig", ""});
  talk.answer(200, sys_config("\"Alt\""));
  expect(talk, {"Sys.SetConfig", R"({"config":{"device":{"name":"Neu"}}})"});
  talk.answer(200, "{}");
  expect(talk, {"Sys.GetConfig", ""});
  talk.answer(200, sys_config("\"Neu\""));
  expect(talk, {"Shelly.CheckForUpdate", ""});
  talk.answer(200, offer("1.7.5"));
  talk.permit(true);
  expect(talk, {"Sys.GetStatus", ""});
  talk.answer(200, shelly::sys_status(kUptime));
  expect(talk, {"Shelly.GetDeviceInfo", ""});
  talk.answer(200, info(""));
  expect(talk, {"Shelly.Update", R"({"stage":"stable"})"});
}

TEST_CASE("a call that HTTP makes by POST has its parameters in both places") {
  Talk talk(with_password(naming_only()));
  talk.identified(info_with("1.0.0", "20230503-101129/1.0.0-g1", true));
  CHECK(talk.call().body == talk.call().parameters);
  expect(talk, {"Sys.SetConfig", R"({"config":{"device":{"name":"Neu"}}})"});
}

TEST_CASE("the identity page of first generation devices is no RPC") {
  Talk talk;
  talk.ping(true);
  talk.expect_get(kInfo);
  talk.answer(404);
  talk.expect_get("/shelly");
  expect(talk, {"", ""});
}

TEST_CASE("a question that goes in between names its method, too") {
  Talk talk(with_password(naming_only()));
  talk.identified();
  talk.disturb(Postponed{});
  expect(talk, {"Shelly.GetDeviceInfo", ""});
}
