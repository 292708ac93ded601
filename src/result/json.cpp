#include <stage3/result.hpp>

#include "json/write.hpp"

namespace stage3 {

namespace {

/// Writes one JSON object, member by member.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  void text(const char* name, std::string_view value) {
    begin(name);
    json::append_quoted(out_, value, json::Charset::ascii);
  }
  /// Left out where there is nothing to tell.
  void text_if_any(const char* name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void number(const char* name, std::int64_t value) {
    begin(name);
    out_ += std::to_string(value);
  }
  void boolean(const char* name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void begin(const char* name) {
    if (out_.back() != '{') out_ += ',';
    json::append_quoted(out_, name, json::Charset::ascii);
    out_ += ':';
  }

 private:
  std::string& out_;
};

void append(std::string& out, const DeviceError& error) {
  ObjectWriter object(out);
  object.text("part", to_string(error.part));
  object.text("cause", to_string(error.cause));
  if (error.http_status != 0) object.number("http_status", error.http_status);
  if (error.rpc_code != 0) object.number("rpc_code", error.rpc_code);
  object.text("text", error.text);
  object.end();
}

void append(std::string& out, const std::vector<DeviceError>& errors) {
  out += '[';
  for (const DeviceError& error : errors) {
    if (out.back() != '[') out += ',';
    append(out, error);
  }
  out += ']';
}

void write_observed(ObjectWriter& object, const DeviceResult& result) {
  object.text_if_any("id", result.id);
  object.text_if_any("app", result.app);
  object.text_if_any("fw", result.fw);
  object.text_if_any("fw_id", result.fw_id);
  object.text_if_any("update", result.update);
  if (result.device_name) object.text("device_name", *result.device_name);
  object.text_if_any("wanted_name", result.wanted_name);
  if (result.previous_name) object.text("previous_name", *result.previous_name);
}

}  // namespace

std::string to_json(const DeviceResult& result) {
  const Device& device = result.device;
  std::string out;
  ObjectWriter object(out);
  object.number("v", 1);
  object.text("type", "device");
  object.text("key", device.key);
  if (device.defect.empty()) {
    object.text("mac", device.mac.to_string());
    object.text("address", device.address.to_string());
  }
  object.text_if_any("model", device.model);
  object.text("outcome", to_string(result.outcome));
  if (result.ota_status) object.text("ota_status", to_string(*result.ota_status));
  if (result.friendly_status) object.text("friendly_status", to_string(*result.friendly_status));
  write_observed(object, result);
  object.boolean("name_changed", result.name_changed);
  object.boolean("update_sent", result.update_sent);
  object.boolean("update_held", result.update_held);
  object.text("finished", to_utc(result.finished_at));
  if (result.last_seen != 0) object.text("last_seen", to_utc(result.last_seen));
  object.begin("errors");
  append(out, result.errors);
  object.end();
  return out;
}

}  // namespace stage3
