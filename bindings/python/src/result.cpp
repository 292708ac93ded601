// A result's JSON, as it comes back from elsewhere, for the state file.

#include <pybind11/pybind11.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <stage3/error.hpp>
#include <stage3/result.hpp>
#include <stage3/text.hpp>
#include <string>

#include "parts.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::DeviceResult;
using stage3::FriendlyStatus;
using stage3::OtaStatus;
using stage3::Outcome;

[[noreturn]] void refuse(const char* name, const char* expected) {
  throw stage3::Error(stage3::Errc::invalid_argument,
                      std::string("result: ") + name + " is not " + expected);
}

std::optional<std::string> text_at(const py::dict& json, const char* name) {
  if (!json.contains(name)) return std::nullopt;
  const py::object value = json[name];
  if (!py::isinstance<py::str>(value)) refuse(name, "a string");
  return value.cast<std::string>();
}

template <class Enum>
std::optional<Enum> word_at(const py::dict& json, const char* name,
                            std::initializer_list<Enum> words) {
  const std::optional<std::string> text = text_at(json, name);
  if (!text) return std::nullopt;
  for (const Enum word : words)
    if (*text == to_string(word)) return word;
  refuse(name, "one of its words");
}

/// 2026-11-23T14:31:05Z as seconds since the epoch; 0 if there is none.
std::int64_t time_at(const py::dict& json, const char* name) {
  const std::optional<std::string> text = text_at(json, name);
  if (!text) return 0;
  const std::optional<std::int64_t> seconds = stage3::from_utc(*text);
  if (!seconds) refuse(name, "a time like 2026-11-23T14:31:05Z");
  return *seconds;
}

/// 0 where there is none, or another value.
long number_at(const py::dict& json, const char* name) {
  if (!json.contains(name)) return 0;
  const py::object value = json[name];
  // True is an int, too.
  if (PyLong_CheckExact(value.ptr()) == 0) return 0;
  int overflow = 0;
  const long number = PyLong_AsLongAndOverflow(value.ptr(), &overflow);
  return overflow == 0 ? number : 0;
}

/// Where the device was asked by TLS, and its key.
std::optional<stage3::TlsPin> tls_at(const py::dict& json) {
  const std::optional<std::string> text = text_at(json, "tls_key");
  if (!text) {
    if (json.contains("tls_port")) refuse("tls_key", "given beside tls_port");
    return std::nullopt;
  }
  const auto key = stage3::KeyHash::parse(*text);
  if (!key) refuse("tls_key", "like sha256//, with 44 characters of base64");
  const long port = number_at(json, "tls_port");
  if (port < 1 || port > 65535) refuse("tls_port", "1 to 65535");
  return stage3::TlsPin{static_cast<std::uint16_t>(port), *key};
}

/// Absent: no.
bool flag_at(const py::dict& json, const char* name) {
  if (!json.contains(name)) return false;
  const py::object value = json[name];
  if (!PyBool_Check(value.ptr())) refuse(name, "True or False");
  return value.ptr() == Py_True;
}

using UpdatePointer = std::shared_ptr<const stage3::UpdateRecord>;

/// Absent: what is recorded stays. None: it is taken out.
UpdatePointer ota_at(const py::dict& json) {
  if (!json.contains("ota")) return nullptr;
  return std::make_shared<const stage3::UpdateRecord>(to_update_record(json["ota"]));
}

/// The texts only: they are what a state file keeps of an error.
std::vector<stage3::DeviceError> errors_at(const py::dict& json) {
  std::vector<stage3::DeviceError> errors;
  if (!json.contains("errors")) return errors;
  for (const py::handle& item : json["errors"]) {
    if (!py::isinstance<py::dict>(item)) refuse("errors", "a list of objects");
    stage3::DeviceError error{stage3::Part::reach, stage3::Cause::local, 0, 0, {}};
    error.text = text_at(py::reinterpret_borrow<py::dict>(item), "text").value_or("");
    errors.push_back(std::move(error));
  }
  return errors;
}

/// What the run knew of the runs before it: a result does not say more of that.
std::shared_ptr<const stage3::OnRecord> on_record_at(const py::dict& json) {
  const std::int64_t failing_since = time_at(json, "failing_since");
  if (failing_since == 0) return nullptr;
  stage3::OnRecord on_record;
  on_record.failing_since = failing_since;
  return std::make_shared<const stage3::OnRecord>(std::move(on_record));
}

}  // namespace

stage3::UpdateRecord to_update_record(const py::object& json) {
  using stage3::UpdateState;
  stage3::UpdateRecord record;
  if (json.is_none()) return record;
  if (!py::isinstance<py::dict>(json)) refuse("ota", "an object");
  const auto members = py::reinterpret_borrow<py::dict>(json);
  const auto state =
      word_at(members, "state",
              {UpdateState::sent, UpdateState::updated, UpdateState::unchanged,
               UpdateState::unstable, UpdateState::other, UpdateState::refused, UpdateState::lost});
  if (!state) refuse("ota.state", "given");
  record.state = *state;
  record.from = text_at(members, "from").value_or("");
  record.to = text_at(members, "to").value_or("");
  record.build = text_at(members, "build").value_or("");
  record.sent_at = time_at(members, "sent_at");
  record.ended_at = time_at(members, "ended_at");
  const long attempts = members.contains("attempts") ? number_at(members, "attempts") : 1;
  if (attempts < 1 || attempts > std::numeric_limits<int>::max())
    refuse("ota.attempts", "a number from 1 on");
  record.attempts = static_cast<int>(attempts);
  record.error = text_at(members, "error").value_or("");
  record.tls = tls_at(members);
  record.tls_key_changed = flag_at(members, "tls_key_changed");
  if (record.to.empty() || record.sent_at <= 0) refuse("ota", "one with to and sent_at");
  return record;
}

DeviceResult to_result(const py::dict& json) {
  DeviceResult result;
  const std::optional<std::string> key = text_at(json, "key");
  if (!key) refuse("key", "given");
  result.device.key = *key;
  if (!json.contains("mac")) result.device.defect = "unusable";
  const auto outcome = word_at(
      json, "outcome", {Outcome::ok, Outcome::failed, Outcome::offline, Outcome::cancelled});
  if (!outcome) refuse("outcome", "given");
  result.outcome = *outcome;
  result.ota_status =
      word_at(json, "ota_status",
              {OtaStatus::up_to_date, OtaStatus::update_available, OtaStatus::offline,
               OtaStatus::check_failed, OtaStatus::error, OtaStatus::skipped});
  result.friendly_status = word_at(json, "friendly_status",
                                   {FriendlyStatus::ok, FriendlyStatus::no_value,
                                    FriendlyStatus::error, FriendlyStatus::skipped});
  result.errors = errors_at(json);
  result.error_id = text_at(json, "error_id").value_or("");
  result.id = text_at(json, "id").value_or("");
  result.app = text_at(json, "app").value_or("");
  result.fw = text_at(json, "fw").value_or("");
  result.fw_id = text_at(json, "fw_id").value_or("");
  result.update = text_at(json, "update").value_or("");
  result.update_build = text_at(json, "update_build").value_or("");
  result.ota = ota_at(json);
  result.device_name = text_at(json, "device_name");
  result.tls = tls_at(json);
  result.tls_key_changed = flag_at(json, "tls_key_changed");
  result.finished_at = time_at(json, "finished");
  result.last_seen = time_at(json, "last_seen");
  result.device.on_record = on_record_at(json);
  return result;
}

}  // namespace bindings
