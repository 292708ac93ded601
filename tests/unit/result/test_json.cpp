#include <doctest/doctest.h>
#include <stage3/result.hpp>

#include <memory>
#include <string>

using namespace stage3;

namespace {

DeviceResult a_result() {
  DeviceResult result;
  result.device.key = "a8:03:2a:be:54:dc";
  result.device.mac = *Mac::parse("A8032ABE54DC");
  result.device.address = *Address::parse("192.168.1.35");
  result.outcome = Outcome::ok;
  result.ota_status = OtaStatus::up_to_date;
  result.friendly_status = FriendlyStatus::ok;
  result.finished_at = 1795443065;
  return result;
}

}  // namespace

TEST_CASE("the least that is told") {
  DeviceResult result = a_result();
  result.outcome = Outcome::cancelled;
  result.ota_status.reset();
  result.friendly_status.reset();
  CHECK(
      to_json(result) ==
      R"({"v":1,"type":"device","key":"a8:03:2a:be:54:dc","mac":"A8032ABE54DC","address":"192.168.1.35",)"
      R"("outcome":"cancelled","name_changed":false,"update_sent":false,"update_held":false,)"
      R"("update_ended":false,"finished":"2026-11-23T14:11:05Z","errors":[]})");
}

TEST_CASE("all that can be told") {
  DeviceResult result = a_result();
  result.device.address = *Address::parse("[2001:db8::1]:8080");
  result.device.model = "S2PMG3";
  result.outcome = Outcome::failed;
  result.ota_status = OtaStatus::update_available;
  result.friendly_status = FriendlyStatus::error;
  result.errors.push_back({Part::friendly, Cause::rpc, 500, -103, "friendly: HTTP 500 -103 x"});
  result.errors.push_back({Part::ota, Cause::no_answer, 0, 0, "OTA: may have started, no answer"});
  result.id = "shellyplus1-a8032abe54dc";
  result.app = "Plus1";
  result.fw = "1.7.0";
  result.fw_id = "20260101-100000/1.7.0-g0";
  result.device_name = "";
  result.previous_name = "Alt";
  result.wanted_name = "Neu";
  result.update = "1.7.5";
  result.name_changed = true;
  result.update_sent = true;
  result.update_held = true;
  result.update_build = "20260311-095911/1.7.5-g9979d16";
  result.held = "tried 2 times";
  result.update_ended = true;
  result.ota = std::make_shared<const UpdateRecord>(
      UpdateRecord{UpdateState::unchanged, "1.7.0", "1.7.5", "20260311-095911/1.7.5-g9979d16",
                   1795442000, 1795443000, 2, "still \"1.7.0\""});
  result.last_seen = 1795443000;
  result.error_id = "friendly.rpc ota.no_answer";
  CHECK(
      to_json(result) ==
      R"({"v":1,"type":"device","key":"a8:03:2a:be:54:dc","mac":"A8032ABE54DC","address":"[2001:db8::1]:8080",)"
      R"("model":"S2PMG3","outcome":"failed","ota_status":"update_available","friendly_status":"error",)"
      R"("id":"shellyplus1-a8032abe54dc","app":"Plus1","fw":"1.7.0","fw_id":"20260101-100000/1.7.0-g0",)"
      R"("update":"1.7.5","update_build":"20260311-095911/1.7.5-g9979d16",)"
      R"("device_name":"","wanted_name":"Neu","previous_name":"Alt",)"
      R"("name_changed":true,"update_sent":true,"update_held":true,"held":"tried 2 times",)"
      R"("update_ended":true,"ota":{"state":"unchanged","from":"1.7.0","to":"1.7.5",)"
      R"("build":"20260311-095911/1.7.5-g9979d16","sent_at":"2026-11-23T13:53:20Z",)"
      R"("ended_at":"2026-11-23T14:10:00Z","attempts":2,"error":"still \"1.7.0\""},)"
      R"("finished":"2026-11-23T14:11:05Z","last_seen":"2026-11-23T14:10:00Z",)"
      R"("failing_since":"2026-11-23T14:11:05Z","error_id":"friendly.rpc ota.no_answer",)"
      R"("errors":[{"part":"friendly","cause":"rpc","error_id":"friendly.rpc","http_status":500,"rpc_code":-103,"short":"friendly: -103","text":"friendly: HTTP 500 -103 x"},)"
      R"({"part":"OTA","cause":"no_answer","error_id":"ota.no_answer","short":"OTA: no answer","text":"OTA: may have started, no answer"}]})");
}

TEST_CASE("a name that was empty is told, one that was not known is not") {
  DeviceResult result = a_result();
  result.name_changed = true;
  CHECK(to_json(result).find("previous_name") == std::string::npos);
  result.previous_name = "";
  CHECK(to_json(result).find(R"("previous_name":"")") != std::string::npos);
}

TEST_CASE("a record of an update is told with what there is to say, as null where it goes") {
  DeviceResult result = a_result();
  const auto told = [&](const UpdateRecord& record) {
    result.ota = std::make_shared<const UpdateRecord>(record);
    const std::string line = to_json(result);
    const std::size_t begin = line.find("\"ota\"");
    return begin == std::string::npos ? "" : line.substr(begin, line.find(",\"finished") - begin);
  };
  UpdateRecord record;
  CHECK(told(record) == R"("ota":null)");
  record.state = UpdateState::unreadable;
  CHECK(told(record) == "");
  record.state = UpdateState::sent;
  record.attempts = 1;
  CHECK(told(record) == R"("ota":{"state":"sent","attempts":1})");
}

TEST_CASE("an entry that cannot be used has no MAC or address to tell") {
  DeviceResult result = a_result();
  result.device.defect = "no address";
  CHECK(to_json(result).find("\"mac\"") == std::string::npos);
  CHECK(to_json(result).find("\"address\"") == std::string::npos);
}

TEST_CASE("the line is printable ASCII, whatever the device said") {
  DeviceResult result = a_result();
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes += static_cast<char>(byte);
  result.device.key = result.device.model = result.id = result.app = result.fw = result.fw_id =
      result.wanted_name = result.update = result.update_build = result.held = bytes;
  result.ota = std::make_shared<const UpdateRecord>(
      UpdateRecord{UpdateState::sent, bytes, bytes, bytes, 1, 1, 1, bytes});
  result.previous_name = bytes;
  result.device_name = bytes + "\xE2\x80\xAE\xF0\x9F\x92\xA1";
  result.errors.push_back({Part::ota, Cause::rpc, 0, 0, bytes});
  for (const char c : to_json(result)) {
    CHECK(c >= ' ');
    CHECK(c < '\x7f');
  }
}
