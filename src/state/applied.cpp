#include "state/applied.hpp"

#include <memory>
#include <string>

namespace stage3::state {
namespace {

void set_if_told(std::string& member, std::string_view told) {
  if (!told.empty()) member = told;
}

void apply(OnRecord& on_record, const Record::Observation& seen) {
  on_record.last_seen = seen.last_seen;
  set_if_told(on_record.fw, seen.fw);
  set_if_told(on_record.fw_id, seen.fw_id);
  set_if_told(on_record.app, seen.app);
  on_record.update = seen.update;
  on_record.update_build = seen.update.empty() ? std::string_view() : seen.update_build;
  on_record.device_name = seen.device_name;
}

/// One that cannot be read stays.
void apply(OnRecord& on_record, const Record::Update& update) {
  if (on_record.ota && on_record.ota->state == UpdateState::unreadable) return;
  on_record.ota.reset();
  if (update.state == UpdateState::none) return;
  UpdateRecord record;
  record.state = update.state;
  record.from = update.from;
  record.to = update.to;
  record.build = update.build;
  record.sent_at = update.sent_at;
  record.ended_at = update.ended_at;
  record.attempts = update.attempts;
  record.error = update.error;
  on_record.ota = std::make_shared<const UpdateRecord>(std::move(record));
}

}  // namespace

OnRecord applied(OnRecord before, const Record::Content& content) {
  OnRecord& on_record = before;
  if (content.ota_status) on_record.ota_status = content.ota_status;
  if (content.friendly_status) on_record.friendly_status = content.friendly_status;
  if (content.last_run) {
    on_record.last_run = *content.last_run;
    on_record.error = content.error;
    on_record.error_id = content.error_id;
    on_record.failing_since = content.failing_since;
  }
  if (content.observation) apply(on_record, *content.observation);
  if (content.tls && (content.tls_is_taken || !on_record.tls)) on_record.tls = content.tls;
  if (content.ota) apply(on_record, *content.ota);
  return before;
}

}  // namespace stage3::state
