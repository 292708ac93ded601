#include <algorithm>
#include <optional>
#include <stage3/report.hpp>
#include <string>

#include "call_out.hpp"
#include "handles.hpp"
#include "result.hpp"
#include "structs.hpp"
#include "turn.hpp"

using capi::call_out;
using capi::deref;
using capi::deref_own;
using capi::guarded;
using stage3::Language;
using stage3::StateStore;

namespace {

/// Alone: who saves a second time, from another thread, would take away what the first one writes.
stage3::SaveReport save(stage3_store& store) {
  const capi::Turn turn(store.is_saving, "another thread is saving this store already");
  return store.store.save();
}

void tell(const stage3::SaveReport& report, stage3_save_fn* on_save, void* user) {
  if (on_save == nullptr) return;
  for (const std::string& notice : report.notices)
    if (call_out("on_save", on_save, user, STAGE3_SAVE_NOTICE, notice.c_str()) != 0) return;
  for (const std::string& key : report.vanished)
    if (call_out("on_save", on_save, user, STAGE3_SAVE_VANISHED, key.c_str()) != 0) return;
  for (const std::string& key : report.ambiguous)
    if (call_out("on_save", on_save, user, STAGE3_SAVE_AMBIGUOUS, key.c_str()) != 0) return;
}

void tell(const std::vector<stage3::StateProblem>& problems, stage3_problem_fn* on_problem,
          void* user) {
  if (on_problem == nullptr) return;
  for (const auto& p : problems)
    if (call_out("on_problem", on_problem, user, p.line, p.column, p.fatal ? 1 : 0,
                 p.message.c_str()) != 0)
      return;
}

[[noreturn]] void refuse(const char* name, int value) {
  throw stage3::Error(stage3::Errc::invalid_argument,
                      std::string(name) + " has an unknown value (" + std::to_string(value) + ')');
}

Language language_of(int language) {
  if (language != STAGE3_LANGUAGE_EN && language != STAGE3_LANGUAGE_DE)
    refuse("language", language);
  return language == STAGE3_LANGUAGE_DE ? Language::de : Language::en;
}

std::string rendered(const stage3::Overview& overview, int format, Language language) {
  switch (format) {
    case STAGE3_REPORT_TEXT:
      return to_text(overview, language);
    case STAGE3_REPORT_JSON:
      return to_json(overview);
    case STAGE3_REPORT_HTML:
      return to_html(overview, language);
    case STAGE3_REPORT_METRICS:
      return to_metrics(overview);
    default:
      refuse("format", format);
  }
}

}  // namespace

int stage3_store_load(const stage3_config* config, stage3_store** ret_store,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_store, "ret_store");
    const stage3::Config& from = deref(config, "config").config;
    out = capi::make_handle<stage3_store>(
        capi::Process(), StateStore::load(from.ip_state_file, from.friendly.field_name));
    return 0;
  });
}

int stage3_store_parse(const stage3_config* config, const char* json, size_t size, const char* name,
                       stage3_store** ret_store, stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_store, "ret_store");
    const stage3::Config& from = deref(config, "config").config;
    // One byte more than a store takes is enough for its refusal.
    constexpr std::size_t kTooMany = 256 * 1024 * 1024 + 1;
    std::string bytes(capi::text(json, "json"), std::min(size, kTooMany));
    const std::string file(capi::text(name, "name"));
    out = capi::make_handle<stage3_store>(
        capi::Process(), StateStore::parse(std::move(bytes), from.friendly.field_name, file));
    return 0;
  });
}

int stage3_store_check(const stage3_config* config, stage3_problem_fn* on_problem, void* user,
                       stage3_error* error) noexcept {
  return guarded(error, [&] {
    const stage3::Config& from = deref(config, "config").config;
    const auto problems = StateStore::check(from.ip_state_file, from.friendly.field_name);
    tell(problems, on_problem, user);
    const bool fatal =
        std::any_of(problems.begin(), problems.end(), [](const auto& p) { return p.fatal; });
    return fatal ? 2 : problems.empty() ? 0 : 1;
  });
}

const char* stage3_store_path(const stage3_store* store) noexcept {
  return store->store.path().c_str();
}

size_t stage3_store_device_count(const stage3_store* store) noexcept {
  return store->store.size();
}

int stage3_store_device(stage3_store* store, size_t index, stage3_device* ret_device,
                        stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3_store& own = deref_own(store, "store");
    if (index >= own.store.size()) capi::refuse("index: the store has no such device");
    capi::write_struct(ret_device, own.views.view(index, own.store.device(index)), "ret_device");
    return 0;
  });
}

int stage3_store_check_writable(const stage3_store* store, stage3_error* error) noexcept {
  return guarded(error, [&] {
    deref_own(store, "store").store.check_writable();
    return 0;
  });
}

int stage3_store_check_still_writable(const stage3_store* store, stage3_error* error) noexcept {
  return guarded(error, [&] {
    deref_own(store, "store").store.check_still_writable();
    return 0;
  });
}

int stage3_store_record(stage3_store* store, const stage3_result* result,
                        stage3_error* error) noexcept {
  return guarded(error, [&] {
    deref_own(store, "store").store.record(deref(result, "result").result);
    return 0;
  });
}

int stage3_store_record_update(stage3_store* store, const char* key,
                               const stage3_update_record* record, stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3_store& own = deref_own(store, "store");
    stage3::Device device;
    device.key = capi::text(key, "key");
    const stage3::UpdateRecord update = capi::to_update_record(record, "record");
    if (update.state == stage3::UpdateState::unreadable)
      capi::refuse("record: state: UNREADABLE is what a file may hold, and is not written");
    own.store.record_update(device, update);
    return 0;
  });
}

int stage3_store_save(stage3_store* store, stage3_save_fn* on_save, void* user,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    const stage3::SaveReport report = save(deref_own(store, "store"));
    tell(report, on_save, user);
    return report.written ? 1 : 0;
  });
}

int stage3_store_merged(stage3_store* store, const char** ret_json, size_t* ret_size,
                        stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& json = deref(ret_json, "ret_json");
    auto& size = deref(ret_size, "ret_size");
    stage3_store& own = deref_own(store, "store");
    own.merged = own.store.merged();
    json = own.merged.c_str();
    size = own.merged.size();
    return 0;
  });
}

int stage3_store_report(stage3_store* store, stage3_store* earlier, int format, int language,
                        std::int64_t now, const char** ret_text, std::size_t* ret_size,
                        stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& text = deref(ret_text, "ret_text");
    auto& size = deref(ret_size, "ret_size");
    stage3_store& own = deref_own(store, "store");
    const stage3::DeviceList devices = own.store.devices();
    std::optional<stage3::DeviceList> before;
    if (earlier != nullptr) before = deref_own(earlier, "earlier").store.devices();
    own.report = rendered(overview_of(devices, before ? &before->vector() : nullptr, now), format,
                          language_of(language));
    text = own.report.c_str();
    size = own.report.size();
    return 0;
  });
}

void stage3_store_free(stage3_store* store) noexcept {
  delete store;
}
