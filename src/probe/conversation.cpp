#include "probe/conversation.hpp"

#include <algorithm>

#include "probe/reply.hpp"

namespace stage3::probe {

bool Conversation::is_expected(const Mac& found) const {
  const Device& device = result.device;
  return found == device.mac ||
         std::find(device.aliases.begin(), device.aliases.end(), found) != device.aliases.end();
}

void Conversation::fail(Part part, Cause cause, const std::string& words) {
  result.errors.push_back({part, cause, 0, 0, std::string(to_string(part)) + ": " + words});
}

void Conversation::fail(Part part, const Reply& reply, const std::string& before) {
  if (login_failed) return;
  const Failure failure = describe(reply);
  fail(part, failure.cause, before + failure.words);
  result.errors.back().http_status = failure.http_status;
  result.errors.back().rpc_code = failure.rpc_code;
}

void Conversation::begin(Device&& device) {
  result.device = std::move(device);
  const auto& on_record = result.device.on_record;
  if (on_record && on_record->ota) update.record = *on_record->ota;
}

void Conversation::see(Seen seen) {
  if (update.is_seen) return;
  update.is_seen = true;
  const Standing standing = stand(update.record, seen, now.utc, policy.config.ota.deadline);
  if (standing.record != update.record) update.take(standing.record);
  if (!standing.has_ended) return;
  ++update.ended;
  result.update_ended = true;
  if (standing.has_failed) fail_update();
}

void Conversation::end_update(UpdateState state, std::int64_t ended_at, const std::string& error) {
  UpdateRecord next = update.record;
  next.state = state;
  next.ended_at = ended_at;
  next.error = error;
  update.take(std::move(next));
  ++update.ended;
  result.update_ended = true;
  if (state != UpdateState::updated) fail_update();
}

/// The failure of the last update, told as one of this run.
void Conversation::fail_update() {
  update.has_failed = true;
  const UpdateRecord& record = update.record;
  const std::string what = record.to + " was sent";
  switch (record.state) {
    case UpdateState::lost:
      return fail(Part::ota, Cause::lost,
                  what + " " + in_words(now.utc - record.sent_at) + " ago, not seen since");
    case UpdateState::unstable:
      return fail(Part::ota, Cause::not_installed, what + ", and it reboots again and again");
    default:
      return fail(Part::ota, Cause::not_installed,
                  what + ", " + (record.state == UpdateState::unchanged ? "still runs " : "runs ") +
                      result.fw);
  }
}

void Conversation::conclude() {
  const bool is_local = std::any_of(result.errors.begin(), result.errors.end(),
                                    [](const DeviceError& e) { return e.cause == Cause::local; });
  if (!is_local && result.ota_status) see(Seen::nothing);
  if (update.has_failed && result.ota_status != OtaStatus::offline)
    result.ota_status = OtaStatus::error;
  settle_record();
  const bool failed = result.ota_status == OtaStatus::check_failed ||
                      result.ota_status == OtaStatus::error ||
                      result.friendly_status == FriendlyStatus::error;
  result.outcome = failed ? Outcome::failed : Outcome::ok;
  if (result.ota_status == OtaStatus::offline && !update.has_failed)
    result.outcome = Outcome::offline;
  if (update.has_failed) result.outcome = Outcome::failed;
}

void Conversation::settle_record() {
  const bool takes_back = std::exchange(update.is_next_recorded, false);
  if (takes_back || update.has_changed)
    result.ota = std::make_shared<const UpdateRecord>(update.record);
}

}  // namespace stage3::probe
