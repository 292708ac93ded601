#include "answers.hpp"

#include "device.hpp"

namespace evil {

namespace {

std::string with_head(const std::string& body) {
  return answer(200, body, "Connection: close\r\n");
}

}  // namespace

std::string good_body(const Exchange& exchange) {
  if (shelly::asks_identity(exchange.rpc)) exchange.device.told_at = serving::monotonic();
  return shelly::answer(exchange.device.self, exchange.rpc).body;
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
  return with_head(good_body(exchange));
}

std::string answer_of_stranger(const Exchange& exchange) {
  shelly::Device stranger = exchange.device.self;
  stranger.mac = "5A5A5A5A5A5A";
  stranger.name = kOldName;
  return with_head(shelly::answer(stranger, exchange.rpc).body);
}

}  // namespace evil
