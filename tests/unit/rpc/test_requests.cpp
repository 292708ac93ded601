#include <doctest/doctest.h>

#include <string>

#include "rpc/requests.hpp"

using namespace stage3::rpc;

TEST_CASE("requests without parameters are plain GETs") {
  const auto check = [](const Request& request, const char* target) {
    CHECK(request.target() == target);
    CHECK(request.body().empty());
  };
  check(get_device_info(), "/rpc/Shelly.GetDeviceInfo");
  check(get_shelly(), "/shelly");
  check(get_sys_config(), "/rpc/Sys.GetConfig");
  check(get_sys_status(), "/rpc/Sys.GetStatus");
  check(check_for_update(), "/rpc/Shelly.CheckForUpdate");
}

TEST_CASE("each request says what it does, who may make it, and how long it may take") {
  const auto check = [](const Request& request, Effect effect, Access access, Patience patience) {
    CAPTURE(request.method);
    CHECK(request.effect == effect);
    CHECK(request.access == access);
    CHECK(request.patience == patience);
    CHECK(request.writes() == (effect != Effect::reads));
  };
  const auto query = Parameters::in_query;
  check(get_device_info(), Effect::reads, Access::is_public, Patience::rpc);
  check(get_shelly(), Effect::reads, Access::is_public, Patience::rpc);
  check(get_sys_config(), Effect::reads, Access::may_want_login, Patience::rpc);
  check(get_sys_status(), Effect::reads, Access::may_want_login, Patience::rpc);
  check(set_device_name("Neu", query), Effect::writes, Access::may_want_login, Patience::rpc);
  check(check_for_update(), Effect::reads, Access::may_want_login, Patience::ota);
  check(start_update("stable", query), Effect::starts_work, Access::may_want_login, Patience::ota);
}

TEST_CASE("a request has the same method and parameters however HTTP writes them") {
  for (const Parameters where : {Parameters::in_query, Parameters::in_body}) {
    CHECK(set_device_name("Neu", where).method == "Sys.SetConfig");
    CHECK(set_device_name("Neu", where).parameters == R"({"config":{"device":{"name":"Neu"}}})");
    CHECK(start_update("beta", where).method == "Shelly.Update");
    CHECK(start_update("beta", where).parameters == R"({"stage":"beta"})");
  }
  CHECK(get_device_info().method == "Shelly.GetDeviceInfo");
  CHECK(get_sys_config().method == "Sys.GetConfig");
  CHECK(get_sys_status().method == "Sys.GetStatus");
  CHECK(check_for_update().method == "Shelly.CheckForUpdate");
  CHECK(check_for_update().parameters == "");
  CHECK(get_shelly().method == "");
}

TEST_CASE("an update names its stage") {
  CHECK(start_update("stable", Parameters::in_query).target() == "/rpc/Shelly.Update?stage=stable");
  CHECK(start_update("beta", Parameters::in_query).target() == "/rpc/Shelly.Update?stage=beta");
  CHECK(start_update("beta", Parameters::in_query).body().empty());
  const Request posted = start_update("beta", Parameters::in_body);
  CHECK(posted.target() == "/rpc/Shelly.Update");
  CHECK(posted.body() == R"({"stage":"beta"})");
}

TEST_CASE("a name travels as compact JSON, percent-encoded") {
  const std::string begin = "/rpc/Sys.SetConfig?config=%7B%22device%22%3A%7B%22name%22%3A%22";
  const std::string end = "%22%7D%7D";
  const auto encoded = [&](const char* name) {
    const Request request = set_device_name(name, Parameters::in_query);
    CHECK(request.body().empty());
    REQUIRE(request.target().size() >= begin.size() + end.size());
    CHECK(request.target().substr(0, begin.size()) == begin);
    CHECK(request.target().substr(request.target().size() - end.size()) == end);
    return request.target().substr(begin.size(),
                                   request.target().size() - begin.size() - end.size());
  };
  CHECK(encoded("Neu") == "Neu");
  CHECK(encoded("Bad oben") == "Bad%20oben");
  CHECK(encoded("K\xC3\xBC"
                "che") == "K%C3%BCche");
  CHECK(encoded("say \"hi\"") == "say%20%5C%22hi%5C%22");
  CHECK(encoded("a\\b") == "a%5C%5Cb");
  CHECK(encoded("1+1=2&x#y?z%41;/") == "1%2B1%3D2%26x%23y%3Fz%2541%3B%2F");
  CHECK(encoded("12") == "12");
  CHECK(encoded("-._~") == "-._~");
  CHECK(encoded("\xF0\x9F\x92\xA1") == "%F0%9F%92%A1");
}

TEST_CASE("a name in a body is the same JSON, not encoded") {
  const Request request = set_device_name(
      "K\xC3\xBC"
      "che \"1\"",
      Parameters::in_body);
  CHECK(request.target() == "/rpc/Sys.SetConfig");
  CHECK(request.body() ==
        "{\"config\":{\"device\":{\"name\":\"K\xC3\xBC"
        "che \\\"1\\\"\"}}}");
}

TEST_CASE("the longest name makes a request below 4 KiB") {
  constexpr int kMaxLength = 255;
  std::string name;
  for (int i = 0; i < kMaxLength; ++i)
    name += "\xF0\x9F\x92\xA1";
  CHECK(set_device_name(name, Parameters::in_query).target().size() < 4096 - 512);
}

TEST_CASE("no request holds a byte that HTTP would have to guess about") {
  std::string name;
  for (int byte = 1; byte < 256; ++byte)
    name += static_cast<char>(byte);
  for (const char c : set_device_name(name, Parameters::in_query).target()) {
    CHECK(c > ' ');
    CHECK(c < '\x7f');
  }
}
