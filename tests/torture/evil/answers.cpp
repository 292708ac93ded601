#include "answers.hpp"

#include <algorithm>
#include <cctype>

#include "device.hpp"

namespace evil {

namespace {

constexpr const char* kStranger = "5A5A5A5A5A5A";

std::string device_info(const std::string& mac, bool has_name, bool auth_en) {
  return std::string("{\"name\":\"") + (has_name ? "Neu" : "Alt") + "\",\"id\":\"" + id_of(mac) +
         "\",\"mac\":\"" + mac +
         "\",\"slot\":0,\"model\":\"SNSW-001X16EU\",\"gen\":2,\"fw_id\":\"20240625-123141/"
         "1.3.3-gbdfd9b3\","
         "\"ver\":\"1.3.3\",\"app\":\"Plus1\",\"auth_domain\":null,\"auth_en\":" +
         (auth_en ? "true}" : "false}");
}

std::string body_of(const Exchange& exchange, const std::string& mac, bool has_name) {
  if (exchange.rpc == "Shelly.GetDeviceInfo")
    return device_info(mac, has_name, exchange.device.says_auth_en);
  if (exchange.rpc == "Sys.SetConfig") return R"({"restart_required":false})";
  if (exchange.rpc == "Shelly.CheckForUpdate")
    return R"({"stable":{"version":"9.9.9","build_id":"20360101-000000/9.9.9-g0000000"}})";
  return "null";
}

}  // namespace

std::string id_of(const std::string& mac) {
  std::string id = "shellyplus1-" + mac;
  std::transform(id.begin(), id.end(), id.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return id;
}

std::string good_body(const Exchange& exchange) {
  if (exchange.rpc == "Sys.SetConfig") exchange.device.has_name = true;
  if (exchange.rpc == "Shelly.GetDeviceInfo") exchange.device.told_at = monotonic();
  return body_of(exchange, exchange.device.mac, exchange.device.has_name);
}

std::string head(int status, const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Evil\r\nServer: ShellyHTTP/1.0.0\r\nContent-Type: application/json\r\n" + fields;
}

std::string answer(int status, const std::string& body, const std::string& fields) {
  return head(status, fields + "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         body;
}

std::string good_answer(const Exchange& exchange) {
  return answer(200, good_body(exchange), "Connection: close\r\n");
}

std::string answer_of_stranger(const Exchange& exchange) {
  return answer(200, body_of(exchange, kStranger, false), "Connection: close\r\n");
}

}  // namespace evil
