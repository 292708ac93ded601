#include "rpc/answers.hpp"

#include <doctest/doctest.h>

#include <string>

#include "reading.hpp"

using namespace stage3::rpc;

namespace {

std::string nested(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i)
    out += "{\"a\":";
  out += "1";
  return out.append(static_cast<std::size_t>(depth), '}');
}

}  // namespace

TEST_CASE("GetDeviceInfo of an early device") {
  const auto answer = read_device_info(
      R"({"name":null,"id":"shellyplusht-08b61fcd36a8","mac":"08B61FCD36A8","model":"SNSN-0013A","gen":2,"fw_id":"20230308-091102/0.14.1-g22a4cb7","ver":"0.14.1","app":"PlusHT","auth_en":false,"auth_domain":null})"
      "\r\n");
  const DeviceInfo& info = use(answer);
  CHECK_FALSE(info.is_gen1);
  CHECK(info.mac.to_string() == "08B61FCD36A8");
  CHECK(info.id == "shellyplusht-08b61fcd36a8");
  CHECK(info.app == "PlusHT");
  CHECK(info.ver == "0.14.1");
  CHECK(info.fw_id == "20230308-091102/0.14.1-g22a4cb7");
  CHECK_FALSE(info.auth_en);
  CHECK(info.name.is_given);
  CHECK(info.name.name == "");
}

TEST_CASE("GetDeviceInfo of a device on 2.0") {
  const auto answer = read_device_info(
      R"({"name":"Zähler","id":"shellypro3em63-e08cfe96ccc4","mac":"E08CFE96CCC4","slot":1,"model":"SPEM-003CEBEU63","gen":2,"fw_id":"20260710-101221/2.0.0-g87fbfa4","ver":"2.0.0","app":"Pro3EM","auth_en":true,"auth_domain":"shellypro3em63-e08cfe96ccc4","profile":"triphase","provision":"complete","enhanced_security":false})");
  const DeviceInfo& info = use(answer);
  CHECK(info.auth_en);
  CHECK(info.name.is_given);
  CHECK(info.name.name == "Zähler");
}

TEST_CASE("a Wall Display has a mixed-case id, many more members and no name") {
  const auto answer = read_device_info(
      R"({"id":"ShellyWallDisplay-00082261E102","mac":"00082261E102","model":"SAWD-0A1XX10EU1","gen":2,"fw_id":"20240522-084653/2.0.2-5b0f7b6f","ver":"2.0.2","app":"WallDisplay","auth_en":false,"uptime":1,"relay_in_thermostat":true,"sensor_in_thermostat":false,"awaiting_auth_code":{"x":[1,2]},"ch":["a"],"scheduled":null})");
  const DeviceInfo& info = use(answer);
  CHECK(info.id == "ShellyWallDisplay-00082261E102");
  CHECK(info.mac.to_string() == "00082261E102");
  CHECK_FALSE(info.name.is_given);
}

TEST_CASE("a Gen1 device is told by what it lacks") {
  const auto answer = read_device_info(
      R"({"type":"SHSW-1","mac":"34945472A643","auth":false,"fw":"20230913-112003/v1.14.0-gcb84623","discoverable":true,"longid":1,"num_outputs":1})");
  CHECK(use(answer).is_gen1);
  CHECK_FALSE(use(read_device_info(R"({"type":"x","gen":2,"mac":"34945472A643"})")).is_gen1);
  CHECK_FALSE(use(read_device_info(R"({"mac":"34945472A643"})")).is_gen1);
}

TEST_CASE("an answer that is no device description says why") {
  CHECK(why(read_device_info("")) != "");
  CHECK(why(read_device_info("<html>Login</html>")).rfind("answer is not JSON (", 0) == 0);
  CHECK(why(read_device_info("null")).rfind("answer is not JSON (", 0) == 0);
  CHECK(why(read_device_info("[]")) != "");
  CHECK(why(read_device_info("[{\"mac\":\"34945472A643\"}]")) != "");
  CHECK(why(read_device_info("{}")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":null})")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":{"mac":"34945472A643"}})")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"device":{"mac":"34945472A643"}})")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":["34945472A643"]})")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":"34945472A64"})")) == "\"34945472A64\" is not a MAC");
  CHECK(why(read_device_info(R"({"mac":34945472})")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":349454720643})")) == "answer has no MAC");
  CHECK(why(read_device_info("{\"mac\":\"34945472A643\xff\"}")) == "answer has no MAC");
  CHECK(why(read_device_info(R"({"mac":"34945472A643"}x)")) != "");
  CHECK(why(read_device_info("{\"mac\":\"34945472A643\"\xff}")) != "");
  CHECK(why(read_device_info("\xEF\xBB\xBF{\"mac\":\"34945472A643\"}")) ==
        "answer is not JSON (byte order mark)");
  CHECK(why(read_device_info(std::string("{\"mac\":\"34945472A643\"}\0", 23))) != "");
}

TEST_CASE("what is damaged or of a wrong type costs only itself") {
  const auto with = [](const std::string& member) {
    return use(read_device_info(R"({"mac":"34945472A643","id":"shelly1","ver":"1.7.5",)"
                                R"("fw_id":"20260311-095911/x","app":"Plus1","auth_en":true,)" +
                                member + "}"));
  };
  for (const char* value : {"\"\xff\"",
                            "\"K\xfc"
                            "che\"",
                            "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "1e999", "-1e400",
                            "12", "false", "[]", "{}"}) {
    CAPTURE(value);
    const DeviceInfo info = with("\"name\":" + std::string(value) + ",\"model\":" + value);
    CHECK(info.ver == "1.7.5");
    CHECK(info.auth_en);
    CHECK_FALSE(info.name.is_given);
    const DeviceInfo bare = use(read_device_info(
        R"({"mac":"34945472A643","id":)" + std::string(value) + ",\"app\":" + value +
        ",\"ver\":" + value + ",\"fw_id\":" + value + ",\"auth_en\":" + value + "}"));
    CHECK(bare.id == "");
    CHECK(bare.app == "");
    CHECK(bare.ver == "");
    CHECK(bare.fw_id == "");
    CHECK_FALSE(bare.auth_en);
  }
  CHECK(with("\"x\xff\\ud800\":1").app == "Plus1");
  CHECK(use(read_device_info(R"({"mac":"34945472A643"})")).ver == "");
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":"\\ud800"})")).name.name == "\\ud800");
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":"\ud83d\ude00\ud83d\ude00"})"))
            .name.name == "\U0001F600\U0001F600");
}

TEST_CASE("a Gen1 device is told as one whatever else it says") {
  CHECK(use(read_device_info(R"({"type":"SHSW-1","mac":"34945472A643","auth":true,"fw":7})"))
            .is_gen1);
  CHECK(
      use(read_device_info("{\"type\":\"\xff\",\"mac\":\"34945472A643\",\"auth\":true}")).is_gen1);
}

TEST_CASE("a name that is neither text nor null is not told") {
  for (const char* value : {"12", "true", "{}", "[\"x\"]"}) {
    CAPTURE(value);
    const auto answer =
        read_device_info(R"({"mac":"34945472A643","name":)" + std::string(value) + "}");
    CHECK_FALSE(use(answer).name.is_given);
  }
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":"12"})")).name.name == "12");
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":""})")).name.is_given);
}

TEST_CASE("texts and answers beyond all measure are not taken") {
  const std::string longest(1024, 'x');
  CHECK(use(read_device_info(R"({"mac":"34945472A643","app":")" + longest + "\"}")).app == longest);
  CHECK(use(read_device_info(R"({"mac":"34945472A643","app":")" + longest + "x\"}")).app == "");
  CHECK(why(read_device_info(R"({"mac":")" + longest + "x\"}")) == "answer has no MAC");
  CHECK_FALSE(
      use(read_device_info(R"({"mac":"34945472A643","name":")" + longest + "x\"}")).name.is_given);

  const std::string spaces(64 * 1024, ' ');
  CHECK(why(read_device_info("{\"mac\":\"34945472A643\"}" + spaces)) != "");
  CHECK(why(read_device_info(R"({"mac":"34945472A643","x":)" + nested(31) + "}")) == "");
  CHECK(why(read_device_info(R"({"mac":"34945472A643","x":)" + nested(32) + "}")) != "");
  CHECK(why(read_device_info(std::string(60000, '['))) != "");
  CHECK(why(read_device_info(R"({"mac":"34945472A643","x":)" + std::string(50000, '9') + "}")) !=
        "");
}

TEST_CASE("the last of duplicate members counts") {
  CHECK(use(read_device_info(R"({"mac":"34945472A643","mac":"A8032ABE54DC"})")).mac.to_string() ==
        "A8032ABE54DC");
}

TEST_CASE("Sys.GetConfig tells name and MAC") {
  const auto answer = read_sys_config(
      R"({"device":{"name":"Flur","mac":"34CDB0770C4C","fw_id":"20260311-095911/1.7.5-g9979d16","discoverable":true,"eco_mode":true,"profile":"cover","addon_type":null},"location":null,"debug":{"mqtt":{"enable":false}},"ui_data":{},"rpc_udp":{"dst_addr":null},"sntp":{"server":"time.cloudflare.com"},"cfg_rev":27})");
  CHECK(use(answer).name.is_given);
  CHECK(use(answer).name.name == "Flur");
  REQUIRE(use(answer).mac);
  CHECK(use(answer).mac->to_string() == "34CDB0770C4C");

  CHECK(use(read_sys_config(R"({"device":{"name":null}})")).name.is_given);
  CHECK_FALSE(use(read_sys_config(R"({"device":{"name":null}})")).mac);
  CHECK_FALSE(use(read_sys_config(R"({"name":"x"})")).name.is_given);
  CHECK_FALSE(use(read_sys_config(R"({"device":{"name":7}})")).name.is_given);
  CHECK_FALSE(use(read_sys_config(R"({"device":[{"name":"x"}]})")).name.is_given);
  // A stranger must be known as one even if it tells no name.
  CHECK(use(read_sys_config(R"({"device":{"mac":"34CDB0770C4C"}})")).mac);
  CHECK_FALSE(use(read_sys_config(R"({"device":{"mac":340000770004}})")).mac);
  CHECK(why(read_sys_config("null")) != "");
}

TEST_CASE("a damaged configuration tells what is not damaged") {
  const auto config =
      use(read_sys_config("{\"device\":{\"name\":\"\xff\",\"mac\":\"34CDB0770C4C\",\"x\":1e999},"
                          "\"location\":{\"tz\":\"\\udfff\"}}"));
  CHECK_FALSE(config.name.is_given);
  CHECK(config.mac);
  CHECK(use(read_sys_config("{\"device\":{\"name\":\"Flur\"},\"location\":{\"tz\":\"\xff\"}}"))
            .name.name == "Flur");
}

TEST_CASE("Sys.GetStatus tells how long it has run, and whether it sleeps") {
  const SysStatus mains = use(read_sys_status(
      R"({"mac":"A8032ABE54DC","restart_required":false,"uptime":86400,"cfg_rev":27})"));
  CHECK(mains.uptime == 86400);
  CHECK_FALSE(mains.is_sleeper);
  const SysStatus sleeper = use(read_sys_status(
      R"({"uptime":2,"wakeup_reason":{"boot":"deepsleep_wake","cause":"button"},"wakeup_period":43200})"));
  CHECK(sleeper.uptime == 2);
  CHECK(sleeper.is_sleeper);
  CHECK(use(read_sys_status(R"({"uptime":0,"wakeup_period":0})")).uptime == 0);
  CHECK_FALSE(use(read_sys_status(R"({"uptime":0,"wakeup_period":0})")).is_sleeper);
}

TEST_CASE("an uptime that is none is not told") {
  for (const char* body :
       {"{}", R"({"uptime":"7"})", R"({"uptime":null})", R"({"uptime":-1})", R"({"uptime":7.5})",
        R"({"uptime":1e3})", R"({"uptime":99999999999})", R"({"sys":{"uptime":7}})"}) {
    CAPTURE(body);
    CHECK_FALSE(use(read_sys_status(body)).uptime);
    CHECK_FALSE(use(read_sys_status(body)).is_sleeper);
  }
  for (const char* body : {"", "null", "[7]", "{\"uptime\":7"})
    CHECK(std::holds_alternative<Unusable>(read_sys_status(body)));
}

TEST_CASE("an RPC error is an object with a code") {
  const auto error = read_rpc_error(R"({"code":-103,"message":"Invalid argument"})");
  REQUIRE(error);
  CHECK(error->code == -103);
  CHECK(error->message == "Invalid argument");
  CHECK(read_rpc_error(R"({"code":404})")->code == 404);
  CHECK(read_rpc_error(R"({"code":-114,"message":"Resource unavailable: No update info!"}
)")
            ->message == "Resource unavailable: No update info!");
  CHECK(read_rpc_error(R"({"code":-1,"message":7})")->message == "");
  CHECK(read_rpc_error(R"({"code":-1,"message":")" + std::string(5000, 'x') + "\"}")->message ==
        "");
  for (const char* text :
       {"{\"code\":-114,\"message\":\"\xff\"}", R"({"code":-114,"message":"\ud800","at":1e999})"}) {
    const auto damaged = read_rpc_error(text);
    REQUIRE(damaged);
    CHECK(damaged->code == -114);
    CHECK(damaged->message == "");
  }
}

TEST_CASE("an RPC error may come in a frame") {
  const auto error =
      read_rpc_error(R"({"id":1,"src":"shelly1","error":{"code":-105,"message":"No handler"}})");
  REQUIRE(error);
  CHECK(error->code == -105);
  CHECK(error->message == "No handler");
}

TEST_CASE("anything else is no RPC error") {
  for (const char* text :
       {"", "null", "{}", "[]", "Not Found", R"({"code":null})", R"({"error":null})",
        R"({"x":{"code":-103}})", R"([{"code":-103}])", R"({"restart_required":false})"}) {
    CAPTURE(text);
    CHECK_FALSE(read_rpc_error(text));
  }
}

TEST_CASE("an error whose code cannot be read is an error all the same") {
  for (const char* text :
       {R"({"code":"-103"})", R"({"code":0})", R"({"code":99999999999999})", R"({"code":-1.14e2})",
        R"({"error":"no"})", R"({"error":true})", R"({"id":1,"error":{"message":"no"}})"}) {
    CAPTURE(text);
    REQUIRE(read_rpc_error(text));
    CHECK(read_rpc_error(text)->code == 0);
  }
}

TEST_CASE("what says yes, and what leaves open what has happened") {
  for (const char* text : {"", "\r\n", "null", "null\r\n", "{}", "true", "{\"x\":[1,\"\xff\"]}"}) {
    CAPTURE(text);
    CHECK(is_acceptance(text));
  }
  for (const char* text :
       {"<html></html>", "{\"code\":-114", "nul", "{} {}", "OK", "\xEF\xBB\xBFnull"}) {
    CAPTURE(text);
    CHECK_FALSE(is_acceptance(text));
  }
}
