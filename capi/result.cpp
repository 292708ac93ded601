#include "result.hpp"

#include <stage3/error_info.hpp>

#include "device.hpp"
#include "guard.hpp"
#include "structs.hpp"
#include "words.hpp"

namespace {

/// By reference: the view of it in C points into it.
const stage3::UpdateRecord& update_of(const stage3::DeviceResult& result) {
  static const stage3::UpdateRecord kNone{};
  return result.ota ? *result.ota : kNone;
}

}  // namespace

stage3_result::stage3_result(const stage3::DeviceResult& from)
    : result(from),
      mac(from.device.defect.empty() ? from.device.mac.to_string() : std::string()),
      address(capi::shown_address(from.device)),
      tls_key(from.tls ? from.tls->key.to_string() : std::string()),
      ota(capi::view_of(update_of(result))) {}

namespace {

/// null: out of memory.
template <class Make>
const char* text_of(stage3::capi::Lazy<std::string>& text, Make make) noexcept {
  try {
    return text.get(make).c_str();
  } catch (...) {
    return nullptr;
  }
}

}  // namespace

const stage3_result* stage3_result_ref(const stage3_result* result) noexcept {
  result->references.fetch_add(1, std::memory_order_relaxed);
  return result;
}

void stage3_result_unref(const stage3_result* result) noexcept {
  if (result == nullptr) return;
  if (result->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete result;
}

const char* stage3_result_key(const stage3_result* result) noexcept {
  return result->result.device.key.c_str();
}

const char* stage3_result_mac(const stage3_result* result) noexcept {
  return result->mac.c_str();
}

const char* stage3_result_address(const stage3_result* result) noexcept {
  return result->address.c_str();
}

const char* stage3_result_model(const stage3_result* result) noexcept {
  return result->result.device.model.c_str();
}

void* stage3_result_user(const stage3_result* result) noexcept {
  return result->result.device.user;
}

int stage3_result_outcome(const stage3_result* result) noexcept {
  return capi::to_c(result->result.outcome);
}

int stage3_result_ota_status(const stage3_result* result) noexcept {
  const auto status = result->result.ota_status;
  return status ? capi::to_c(*status) : STAGE3_OTA_NONE;
}

int stage3_result_friendly_status(const stage3_result* result) noexcept {
  const auto status = result->result.friendly_status;
  return status ? capi::to_c(*status) : STAGE3_FRIENDLY_NONE;
}

const char* stage3_result_id(const stage3_result* result) noexcept {
  return result->result.id.c_str();
}

const char* stage3_result_app(const stage3_result* result) noexcept {
  return result->result.app.c_str();
}

const char* stage3_result_fw(const stage3_result* result) noexcept {
  return result->result.fw.c_str();
}

const char* stage3_result_fw_id(const stage3_result* result) noexcept {
  return result->result.fw_id.c_str();
}

const char* stage3_result_update(const stage3_result* result) noexcept {
  return result->result.update.c_str();
}

const char* stage3_result_update_build(const stage3_result* result) noexcept {
  return result->result.update_build.c_str();
}

const char* stage3_result_device_name(const stage3_result* result) noexcept {
  const auto& name = result->result.device_name;
  return name ? name->c_str() : nullptr;
}

const char* stage3_result_wanted_name(const stage3_result* result) noexcept {
  return result->result.wanted_name.c_str();
}

const char* stage3_result_previous_name(const stage3_result* result) noexcept {
  const auto& name = result->result.previous_name;
  return name ? name->c_str() : nullptr;
}

unsigned stage3_result_flags(const stage3_result* result) noexcept {
  return (result->result.name_changed ? STAGE3_RESULT_NAME_CHANGED : 0) |
         (result->result.update_sent ? STAGE3_RESULT_UPDATE_SENT : 0) |
         (result->result.update_held ? STAGE3_RESULT_UPDATE_HELD : 0) |
         (result->result.tls_key_changed ? STAGE3_RESULT_TLS_KEY_CHANGED : 0) |
         (result->result.update_ended ? STAGE3_RESULT_UPDATE_ENDED : 0);
}

const char* stage3_result_held(const stage3_result* result) noexcept {
  return result->result.held.c_str();
}

const stage3_update_record* stage3_result_ota(const stage3_result* result) noexcept {
  return result->result.ota ? &result->ota : nullptr;
}

int stage3_result_tls_port(const stage3_result* result) noexcept {
  return result->result.tls ? result->result.tls->port : 0;
}

const char* stage3_result_tls_key(const stage3_result* result) noexcept {
  return result->tls_key.c_str();
}

const char* stage3_result_tls_certificate(const stage3_result* result) noexcept {
  return result->result.tls ? to_string(result->result.certificate) : "";
}

int64_t stage3_result_finished_at(const stage3_result* result) noexcept {
  return result->result.finished_at;
}

int64_t stage3_result_last_seen(const stage3_result* result) noexcept {
  return result->result.last_seen;
}

int64_t stage3_result_failing_since(const stage3_result* result) noexcept {
  return result->result.failing_since();
}

size_t stage3_result_error_count(const stage3_result* result) noexcept {
  return result->result.errors.size();
}

int stage3_result_error(const stage3_result* result, size_t index,
                        stage3_device_error* ret_device_error, stage3_error* error) noexcept {
  return capi::guarded(error, [&] {
    const auto& errors = capi::deref(result, "result").result.errors;
    if (index >= errors.size()) capi::refuse("index: the result has no such error");
    const stage3::DeviceError& from = errors[index];
    capi::write_struct(
        ret_device_error,
        stage3_device_error{sizeof(stage3_device_error), from.text.c_str(), capi::to_c(from.part),
                            capi::to_c(from.cause), from.http_status, from.rpc_code,
                            stage3::error_info(from).id},
        "ret_device_error");
    return 0;
  });
}

const char* stage3_result_error_text(const stage3_result* result) noexcept {
  return text_of(result->error_text, [&] { return result->result.error_text(); });
}

const char* stage3_result_error_short(const stage3_result* result, size_t index) noexcept {
  const auto& errors = result->result.errors;
  if (index >= errors.size()) return "";
  try {
    const auto make = [&] {
      std::vector<std::string> forms;
      forms.reserve(errors.size());
      for (const stage3::DeviceError& error : errors)
        forms.push_back(stage3::short_form(error));
      return forms;
    };
    return result->short_errors.get(make)[index].c_str();
  } catch (...) {
    return nullptr;
  }
}

const char* stage3_result_error_id(const stage3_result* result) noexcept {
  return result->result.error_id.c_str();
}

const char* stage3_result_json(const stage3_result* result) noexcept {
  return text_of(result->json, [&] { return stage3::to_json(result->result); });
}
