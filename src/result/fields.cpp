#include "result/fields.hpp"

#include <stage3/error_info.hpp>

namespace stage3::result {
namespace {

using json::ObjectWriter;

void append(std::string& out, const DeviceError& error) {
  ObjectWriter object(out);
  object.text("part", to_string(error.part));
  object.text("cause", to_string(error.cause));
  object.text("error_id", error_info(error).id);
  if (error.http_status != 0) object.number("http_status", error.http_status);
  if (error.rpc_code != 0) object.number("rpc_code", error.rpc_code);
  object.text("short", short_form(error));
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

void time_if_any(ObjectWriter& object, const char* name, std::int64_t seconds) {
  if (seconds > 0) object.text(name, to_utc(seconds));
}

/// As in the state file.
void append(std::string& out, const UpdateRecord& record) {
  ObjectWriter object(out);
  object.text("state", to_string(record.state));
  object.text_if_any("from", record.from);
  object.text_if_any("to", record.to);
  object.text_if_any("build", record.build);
  time_if_any(object, "sent_at", record.sent_at);
  time_if_any(object, "ended_at", record.ended_at);
  object.number("attempts", record.attempts);
  object.text_if_any("error", record.error);
  object.end();
}

/// A text that is left out where it is empty.
template <std::string DeviceResult::*kMember>
void text(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.text_if_any(name, result.*kMember);
}

/// A text of which "" says something, too.
template <std::optional<std::string> DeviceResult::*kMember>
void text(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.*kMember) object.text(name, *(result.*kMember));
}

template <auto kMember>
void word(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.*kMember) object.text(name, to_string(*(result.*kMember)));
}

template <bool DeviceResult::*kMember>
void flag(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.boolean(name, result.*kMember);
}

void key(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.text(name, result.device.key);
}
void mac(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.device.defect.empty()) object.text(name, result.device.mac.to_string());
}
void address(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.device.defect.empty()) object.text(name, result.device.address.to_string());
}
void model(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.text_if_any(name, result.device.model);
}
void outcome(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.text(name, to_string(result.outcome));
}
void finished(ObjectWriter& object, const char* name, const DeviceResult& result) {
  object.text(name, to_utc(result.finished_at));
}
void last_seen(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.last_seen != 0) object.text(name, to_utc(result.last_seen));
}
void failing_since(ObjectWriter& object, const char* name, const DeviceResult& result) {
  time_if_any(object, name, result.failing_since());
}
void tls_port(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.tls) object.number(name, result.tls->port);
}
void tls_key(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.tls) object.text(name, result.tls->key.to_string());
}
void tls_certificate(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.tls) object.text(name, to_string(result.certificate));
}
void tls_key_changed(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (result.tls) object.boolean(name, result.tls_key_changed);
}
/// Null where a record is to be taken out.
void ota(ObjectWriter& object, const char* name, const DeviceResult& result) {
  if (!result.ota || result.ota->state == UpdateState::unreadable) return;
  std::string& value = object.begin(name);
  if (result.ota->state == UpdateState::none) {
    value += "null";
  } else {
    append(value, *result.ota);
  }
}
void errors(ObjectWriter& object, const char* name, const DeviceResult& result) {
  append(object.begin(name), result.errors);
}

}  // namespace

const std::vector<Field>& fields() {
  using R = DeviceResult;
  static const std::vector<Field> rows{
      {"key", "key", nullptr, key},
      {"mac", "mac", nullptr, mac},
      {"address", "address", nullptr, address},
      {"model", "model", nullptr, model},
      {"outcome", "outcome", nullptr, outcome},
      {"ota_status", "ota_status", "ota_status", word<&R::ota_status>},
      {"friendly_status", "friendly_status", "friendly_status", word<&R::friendly_status>},
      {"id", "id", nullptr, text<&R::id>},
      {"app", "app", "app", text<&R::app>},
      {"fw", "fw", "fw", text<&R::fw>},
      {"fw_id", "fw_id", "fw_id", text<&R::fw_id>},
      {"update", "update", "update", text<&R::update>},
      {"update_build", "update_build", "update_build", text<&R::update_build>},
      {"device_name", "device_name", "device_name", text<&R::device_name>},
      {"wanted_name", "wanted_name", nullptr, text<&R::wanted_name>},
      {"previous_name", "previous_name", nullptr, text<&R::previous_name>},
      {"tls_port", "tls_port", "tls", tls_port},
      {"tls_key", "tls_key", "tls", tls_key},
      {"tls_certificate", "tls_certificate", nullptr, tls_certificate},
      {"tls_key_changed", "TLS_KEY_CHANGED", nullptr, tls_key_changed},
      {"name_changed", "NAME_CHANGED", nullptr, flag<&R::name_changed>},
      {"update_sent", "UPDATE_SENT", nullptr, flag<&R::update_sent>},
      {"update_held", "UPDATE_HELD", nullptr, flag<&R::update_held>},
      {"held", "held", nullptr, text<&R::held>},
      {"update_ended", "UPDATE_ENDED", nullptr, flag<&R::update_ended>},
      {"ota", "ota", "ota", ota},
      {"finished", "finished_at", "last_run", finished},
      {"last_seen", "last_seen", "last_seen", last_seen},
      {"failing_since", "failing_since", "failing_since", failing_since},
      {"error_id", "error_id", "error_id", text<&R::error_id>},
      {"errors", "error", "error", errors},
  };
  return rows;
}

}  // namespace stage3::result
