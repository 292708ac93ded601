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

/// `where` they travel decides whether there is a query as well; `value` is what stands in it.
Request with_parameter(Request request, std::string_view name, const std::string& json,
                       std::string_view value, Parameters where) {
  json::append_quoted(request.parameters += '{', name);
  request.parameters += ':' + json + '}';
  if (where == Parameters::in_body) return request;
  append_percent_encoded(request.query, name);
  append_percent_encoded(request.query += '=', value);
  return request;
}

}  // namespace

std::string Request::target() const {
  if (method.empty()) return "/shelly";
  std::string out = "/rpc/";
  out += method;
  if (!query.empty()) (out += '?') += query;
  return out;
}

std::string Request::body() const {
  return query.empty() ? parameters : std::string();
}

// One row a request: method, what it does, who may make it, how long it may take.

Request get_device_info() {
  return {"Shelly.GetDeviceInfo", Effect::reads, Access::is_public, Patience::rpc};
}

Request get_shelly() {
  return {"", Effect::reads, Access::is_public, Patience::rpc};
}

Request get_sys_config() {
  return {"Sys.GetConfig", Effect::reads, Access::may_want_login, Patience::rpc};
}

Request get_sys_status() {
  return {"Sys.GetStatus", Effect::reads, Access::may_want_login, Patience::rpc};
}

Request set_device_name(std::string_view name, Parameters where) {
  std::string config = R"({"device":{"name":)";
  json::append_quoted(config, name);
  config += "}}";
  return with_parameter({"Sys.SetConfig", Effect::writes, Access::may_want_login, Patience::rpc},
                        "config", config, config, where);
}

Request check_for_update() {
  return {"Shelly.CheckForUpdate", Effect::reads, Access::may_want_login, Patience::ota};
}

Request start_update(std::string_view stage, Parameters where) {
  return with_parameter(
      {"Shelly.Update", Effect::starts_work, Access::may_want_login, Patience::ota}, "stage",
      json::quote(stage), stage, where);
}

}  // namespace stage3::rpc
