#include "answers.hpp"

#include "../serving/shelly.hpp"
#include "device.hpp"

namespace evil {

namespace {

constexpr const char* kStranger = "5A5A5A5A5A5A";

std::string body_of(const Exchange& exchange, const std::string& mac, bool has_name) {
  if (exchange.rpc == "Shelly.GetDeviceInfo")
    return serving::device_info(mac, has_name ? "\"Neu\"" : "\"Alt\"",
                                exchange.device.says_auth_en);
  if (exchange.rpc == "Sys.SetConfig") return R"({"restart_required":false})";
  if (exchange.rpc == "Shelly.CheckForUpdate") return serving::kOffers;
  return "null";
}

}  // namespace

std::string good_body(const Exchange& exchange) {
  if (exchange.rpc == "Sys.SetConfig") exchange.device.has_name = true;
  if (exchange.rpc == "Shelly.GetDeviceInfo") exchange.device.told_at = serving::monotonic();
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
