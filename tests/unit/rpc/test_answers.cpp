#include "rpc/answers.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace stage3::rpc;

namespace {

template <class T>
const T& use(const Answer<T>& answer) {
  if (const auto* unusable = std::get_if<Unusable>(&answer)) FAIL(unusable->why);
  return std::get<T>(answer);
}

template <class T>
std::string why(const Answer<T>& answer) {
  const auto* unusable = std::get_if<Unusable>(&answer);
  return unusable == nullptr ? "" : unusable->why;
}

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
  CHECK(info.name.told);
  CHECK(info.name.name == "");
}

TEST_CASE("GetDeviceInfo of a device on 2.0") {
  const auto answer = read_device_info(
      R"({"name":"Zähler","id":"shellypro3em63-e08cfe96ccc4","mac":"E08CFE96CCC4","slot":1,"model":"SPEM-003CEBEU63","gen":2,"fw_id":"20260710-101221/2.0.0-g87fbfa4","ver":"2.0.0","app":"Pro3EM","auth_en":true,"auth_domain":"shellypro3em63-e08cfe96ccc4","profile":"triphase","provision":"complete","enhanced_security":false})");
  const DeviceInfo& info = use(answer);
  CHECK(info.auth_en);
  CHECK(info.name.told);
  CHECK(info.name.name == "Zähler");
}

TEST_CASE("a Wall Display has a mixed-case id, many more members and no name") {
  const auto answer = read_device_info(
      R"({"id":"ShellyWallDisplay-00082261E102","mac":"00082261E102","model":"SAWD-0A1XX10EU1","gen":2,"fw_id":"20240522-084653/2.0.2-5b0f7b6f","ver":"2.0.2","app":"WallDisplay","auth_en":false,"uptime":1,"relay_in_thermostat":true,"sensor_in_thermostat":false,"awaiting_auth_code":{"x":[1,2]},"ch":["a"],"scheduled":null})");
  const DeviceInfo& info = use(answer);
  CHECK(info.id == "ShellyWallDisplay-00082261E102");
  CHECK(info.mac.to_string() == "00082261E102");
  CHECK_FALSE(info.name.told);
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
  CHECK(why(read_device_info(R"({"mac":34945472})")) == "answer is not a device description");
  CHECK(why(read_device_info(R"({"mac":"34945472A643","ver":1.7})")) ==
        "answer is not a device description");
  CHECK(why(read_device_info(R"({"mac":"34945472A643","id":false})")) ==
        "answer is not a device description");
  CHECK(why(read_device_info(R"({"mac":"34945472A643"}x)")) != "");
  CHECK(why(read_device_info("{\"mac\":\"34945472A643\",\"app\":\"\xff\"}")) != "");
  CHECK(why(read_device_info(std::string("{\"mac\":\"34945472A643\"}\0", 23))) != "");
}

TEST_CASE("a name that is neither text nor null is not told") {
  for (const char* value : {"12", "true", "{}", "[\"x\"]"}) {
    CAPTURE(value);
    const auto answer =
        read_device_info(R"({"mac":"34945472A643","name":)" + std::string(value) + "}");
    CHECK_FALSE(use(answer).name.told);
  }
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":"12"})")).name.name == "12");
  CHECK(use(read_device_info(R"({"mac":"34945472A643","name":""})")).name.told);
}

TEST_CASE("texts and answers beyond all measure are not taken") {
  const std::string longest(1024, 'x');
  CHECK(use(read_device_info(R"({"mac":"34945472A643","app":")" + longest + "\"}")).app == longest);
  CHECK(why(read_device_info(R"({"mac":"34945472A643","app":")" + longest + "x\"}")) != "");
  CHECK_FALSE(
      use(read_device_info(R"({"mac":"34945472A643","name":")" + longest + "x\"}")).name.told);

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
  CHECK(use(read_offers(R"({"stable":{"version":"9.9.9"},"stable":{"version":"1.7.5"}})"))
            .stable->version == "1.7.5");
  CHECK_FALSE(use(read_offers(R"({"stable":{"version":"9.9.9"},"stable":null})")).stable);
}

TEST_CASE("Sys.GetConfig tells name and MAC") {
  const auto answer = read_sys_config(
      R"({"device":{"name":"Flur","mac":"34CDB0770C4C","fw_id":"20260311-095911/1.7.5-g9979d16","discoverable":true,"eco_mode":true,"profile":"cover","addon_type":null},"location":null,"debug":{"mqtt":{"enable":false}},"ui_data":{},"rpc_udp":{"dst_addr":null},"sntp":{"server":"time.cloudflare.com"},"cfg_rev":27})");
  CHECK(use(answer).name.told);
  CHECK(use(answer).name.name == "Flur");
  REQUIRE(use(answer).mac);
  CHECK(use(answer).mac->to_string() == "34CDB0770C4C");

  CHECK(use(read_sys_config(R"({"device":{"name":null}})")).name.told);
  CHECK_FALSE(use(read_sys_config(R"({"device":{"name":null}})")).mac);
  CHECK_FALSE(use(read_sys_config(R"({"name":"x"})")).name.told);
  CHECK_FALSE(use(read_sys_config(R"({"device":{"name":7}})")).name.told);
  CHECK_FALSE(use(read_sys_config(R"({"device":[{"name":"x"}]})")).name.told);
  // A stranger must be known as one even if it tells no name.
  CHECK(use(read_sys_config(R"({"device":{"mac":"34CDB0770C4C"}})")).mac);
  CHECK(why(read_sys_config("null")) != "");
}

TEST_CASE("offers of the two stages count") {
  CHECK_FALSE(use(read_offers("{}")).stable);
  CHECK_FALSE(use(read_offers("{}")).beta);
  const auto both = read_offers(
      R"({"stable":{"version":"1.7.5","build_id":"20260311-095857/1.7.5-g9979d16"},"beta":{"version":"2.0.0-beta1","build_id":"20260423-102546/2.0.0-beta1-g8c7700a"}})");
  REQUIRE(use(both).stable);
  CHECK(use(both).stable->version == "1.7.5");
  CHECK(use(both).stable->build_id == "20260311-095857/1.7.5-g9979d16");
  REQUIRE(use(both).beta);
  CHECK(use(both).beta->version == "2.0.0-beta1");
  CHECK(use(read_offers(R"({"stable":{"version":"1.3.3"}})")).stable->build_id == "");
  CHECK_FALSE(use(read_offers(R"({"stable":null})")).stable);
}

TEST_CASE("other firmware and test builds are no offer") {
  const auto alt = read_offers(
      R"({"alt":{"Mini1PMG4ZB":{"stable":{"version":"1.7.99-x","build_id":"20250915-120859/gb95ce8e"},"beta":{"version":"2.0.0-beta1"}}}})");
  CHECK_FALSE(use(alt).stable);
  CHECK_FALSE(use(alt).beta);
  CHECK_FALSE(use(read_offers(R"({"test":{"version":"9.9.9"}})")).stable);
  CHECK_FALSE(use(read_offers(R"({"alt":[{"version":"9.9.9"}],"old":"x"})")).stable);
}

TEST_CASE("a broken offer is unusable, not the lack of one") {
  for (const char* text : {R"({"stable":{}})",
                           R"({"stable":[]})",
                           R"({"stable":[{"version":"1.7.5"}]})",
                           R"({"stable":"1.7.5"})",
                           R"({"stable":true})",
                           R"({"stable":{"version":null}})",
                           R"({"stable":{"version":""}})",
                           R"({"stable":{"version":175}})",
                           R"({"stable":{"version":{}}})",
                           R"({"stable":{"version":["1.7.5"]}})",
                           R"({"stable":{"version":"1.7.5","build_id":7}})",
                           R"({"stable":{"version":"1.7.5","build_id":{}}})",
                           R"({"stable":{"build_id":"20260311-095857"}})",
                           R"({"beta":{}})",
                           R"([])",
                           R"("x")",
                           R"(null)",
                           R"(1)",
                           "",
                           " ",
                           "{",
                           R"({"stable":{"version":"1.7.5"})",
                           R"([{"stable":{"version":"1.7.5"}}])"}) {
    CAPTURE(text);
    CHECK(why(read_offers(text)) != "");
  }
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
       {"", "null", "{}", "[]", "Not Found", R"({"code":"-103"})", R"({"code":0})",
        R"({"code":null})", R"({"x":{"code":-103}})", R"({"code":99999999999999})",
        R"([{"code":-103}])", R"({"restart_required":false})"}) {
    CAPTURE(text);
    CHECK_FALSE(read_rpc_error(text));
  }
}
