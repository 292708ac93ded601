// The device that tests play (tests/shelly): every request has its answer, and each says something
// that the library reads.

#include <doctest/doctest.h>

#include <string>

#include "../../shelly/shelly.hpp"
#include "reading.hpp"
#include "rpc/answers.hpp"
#include "rpc/challenge.hpp"
#include "rpc/requests.hpp"

using namespace stage3::rpc;

TEST_CASE("a played device answers whatever stage 3 asks, and nothing else") {
  const auto query = Parameters::in_query;
  for (const Request& request :
       {get_device_info(), get_shelly(), get_sys_config(), get_sys_status(),
        set_device_name("Neu", query), check_for_update(), start_update("stable", query)}) {
    const std::string target = request.target();
    CAPTURE(target);
    CHECK(shelly::first_answer({}, shelly::rpc_of(target)).status == 200);
    CHECK(shelly::writes(shelly::rpc_of(target)) == request.writes());
    if (!request.method.empty()) CHECK(shelly::rpc_of(target) == request.method);
  }
  const auto other = shelly::first_answer({}, "Shelly.Reboot");
  CHECK(other.status == 404);
  CHECK(read_rpc_error(other.body)->message == "No handler for Shelly.Reboot");
  CHECK(shelly::writes("Shelly.Reboot"));
}

TEST_CASE("where tests expect a request is where it goes") {
  const auto query = Parameters::in_query;
  CHECK(get_device_info().target() == shelly::kInfo);
  CHECK(get_sys_config().target() == shelly::kConfig);
  CHECK(get_sys_status().target() == shelly::kStatus);
  CHECK(check_for_update().target() == shelly::kCheck);
  CHECK(set_device_name("Neu", query).target() == shelly::kSetName);
  CHECK(start_update("stable", query).target() == shelly::kUpdate);
}

TEST_CASE("what a played device tells of itself is read") {
  shelly::Device device;
  device.mac = "34945472A643";
  device.version = "1.4.4";
  device.auth_en = true;
  device.more = R"("slot":0)";
  const DeviceInfo info = use(read_device_info(shelly::device_info(device)));
  CHECK_FALSE(info.is_gen1);
  CHECK(info.mac.to_string() == device.mac);
  CHECK(info.id == "shellyplus1-34945472a643");
  CHECK(info.app == "Plus1");
  CHECK(info.ver == "1.4.4");
  CHECK(info.fw_id == "20260101-100000/1.4.4-g0000000");
  CHECK(info.auth_en);
  CHECK(info.name.is_given);
  CHECK(info.name.name == "");
  CHECK(use(read_sys_status(shelly::sys_status(7))).uptime == 7);
  const SysConfig config = use(read_sys_config(shelly::sys_config(device)));
  CHECK(config.mac == info.mac);
  CHECK(config.name.is_given);
}

TEST_CASE("a played device keeps the name it is given, and tells it where it tells names") {
  shelly::Device device;
  device.tells_name = false;
  CHECK(is_acceptance(shelly::answer(device, "Sys.SetConfig").body));
  CHECK_FALSE(use(read_device_info(shelly::device_info(device))).name.is_given);
  CHECK(use(read_sys_config(shelly::sys_config(device))).name.name == "Neu");
  device.tells_name = true;
  CHECK(use(read_device_info(shelly::device_info(device))).name.name == "Neu");
}

TEST_CASE("the login that a played device asks for may be given") {
  const std::string id = shelly::id_of("34945472A643");
  const std::string challenge = shelly::challenge(id);
  CHECK(use(read_challenge({challenge}, id)).nonce == "1694692867");
}

TEST_CASE("a played device offers what it has") {
  const auto offered = [](const std::string& stable, const std::string& beta) {
    return use(read_offers(shelly::offers(stable, beta), stage3::OtaStage::beta));
  };
  CHECK(offered("1.7.5", "2.0.0").stable->version == "1.7.5");
  CHECK(offered("1.7.5", "2.0.0").beta->version == "2.0.0");
  CHECK(offered("1.7.5", "").stable->build_id == "20260311-095857/1.7.5-g0000000");
  CHECK_FALSE(offered("1.7.5", "").beta);
  CHECK_FALSE(offered("", "2.0.0").stable);
  CHECK_FALSE(offered("", "").stable);
}
