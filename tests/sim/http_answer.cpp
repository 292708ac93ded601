#include "http_answer.hpp"

#include "device.hpp"
#include "json_build.hpp"
#include "settings.hpp"

namespace sim {
namespace {

const char* reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

bool speaks_mongoose(const Device& device) {
  const Settings& settings = *device.settings;
  if (settings.mongoose) return *settings.mongoose;
  if (settings.model->kind == Kind::gen1) return true;
  return settings.model->kind == Kind::shelly && device.firmware->number.major == 0;
}

void add(std::string& block, std::string_view name, std::string_view value) {
  block.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string to_bytes(const Device& device, const Answer& answer) {
  const bool is_mongoose = speaks_mongoose(device);
  const bool ends_line = is_mongoose && !answer.body.empty();
  const std::size_t length = answer.body.size() + (ends_line ? 2 : 0) + answer.missing_bytes;
  std::string bytes = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason(answer.status);
  bytes.reserve(bytes.size() + length + 320);
  bytes += "\r\n";
  if (is_mongoose) add(bytes, "Server", "Mongoose/6.18");
  if (!answer.body.empty()) add(bytes, "Content-Type", answer.content_type);
  if (answer.tells_length) add(bytes, "Content-Length", std::to_string(length));
  if (!is_mongoose) add(bytes, "Server", "ShellyHTTP/1.0.0");
  add(bytes, "Connection", "close");
  if (is_mongoose) {
    add(bytes, "Access-Control-Allow-Origin", "*");
    add(bytes, "Access-Control-Allow-Methods", "GET, POST");
    add(bytes, "Access-Control-Allow-Headers", "Content-Type, Authorization");
  }
  for (const auto& [name, value] : answer.headers)
    add(bytes, name, value);
  bytes += "\r\n";
  bytes += answer.body;
  if (ends_line) bytes += "\r\n";
  return bytes;
}

std::string error_body(int code, const std::string& message) {
  rapidjson::Document body;
  body.SetObject();
  put(body, "code", rapidjson::Value(code), body.GetAllocator());
  put_text(body, "message", message, body.GetAllocator());
  return to_json(body);
}

}  // namespace sim
