#include "rpc/requests.hpp"

#include "json/write.hpp"

namespace stage3::rpc {

namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

}  // namespace

Request get_device_info() {
  return {"/rpc/Shelly.GetDeviceInfo", {}};
}

Request get_shelly() {
  return {"/shelly", {}};
}

Request get_sys_config() {
  return {"/rpc/Sys.GetConfig", {}};
}

Request set_device_name(std::string_view name, Parameters where) {
  std::string config = R"({"device":{"name":)";
  json::append_quoted(config, name);
  config += "}}";
  if (where == Parameters::in_body) return {"/rpc/Sys.SetConfig", R"({"config":)" + config + "}"};
  Request request{"/rpc/Sys.SetConfig?config=", {}};
  append_percent_encoded(request.target, config);
  return request;
}

Request check_for_update() {
  return {"/rpc/Shelly.CheckForUpdate", {}};
}

Request start_update(std::string_view stage, Parameters where) {
  if (where == Parameters::in_body) {
    std::string body = R"({"stage":)";
    json::append_quoted(body, stage);
    return {"/rpc/Shelly.Update", body + "}"};
  }
  return {"/rpc/Shelly.Update?stage=" + std::string(stage), {}};
}

}  // namespace stage3::rpc
