#include "probe/conversation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <stage3/error_info.hpp>
#include <stage3/text.hpp>

#include "probe/reply.hpp"

namespace stage3::probe {

namespace {

/// On record of one that was lost after it had shown what it was sent: not even a doubt is left
/// whether it was sent.
constexpr const char* kCameBack = "came back with it, then not seen";

/// From the send to `utc`; less than 0: nobody knows.
std::int32_t seconds_after(const UpdateRecord& record, std::int64_t utc) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
  if (utc == 0) return -1;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(utc - record.sent_at, -1, kLongest));
}

/// What an earlier run has seen of it, later than the answer to the send.
Sight sight_on_record(const OnRecord& known, const Config::Ota& ota) {
  if (!known.ota || known.ota->state != UpdateState::sent) return {};
  const std::int32_t after = seconds_after(*known.ota, known.last_seen);
  if (std::chrono::seconds(after) <= ota.timeout) return {};
  return {after, what_is_seen(*known.ota, known.fw, known.fw_id), true, false};
}

}  // namespace

bool Conversation::is_expected(const Mac& found) const {
  const Device& device = result.device;
  return found == device.mac ||
         std::find(device.aliases.begin(), device.aliases.end(), found) != device.aliases.end();
}

void Conversation::fail(Part part, Cause cause, const std::string& words) {
  result.errors.push_back({part, cause, 0, 0, std::string(to_string(part)) + ": " + words});
}

void Conversation::fail(Part part, const Reply& reply, const std::string& before) {
  // Asking who one is needs no login.
  if (login_failed && part != Part::identity) return;
  const Failure failure = describe(reply);
  fail(part, failure.cause, before + failure.words);
  result.errors.back().http_status = failure.http_status;
  result.errors.back().rpc_code = failure.rpc_code;
}

void Conversation::fail_login() {
  login_failed = true;
  if (!policy.dry_run || !result.name_changed) return;
  result.friendly_status = FriendlyStatus::error;
  result.name_changed = false;
  result.previous_name.reset();
}

void Conversation::begin(Device&& device) {
  result.device = std::move(device);
  if (!result.device.on_record) return;
  update.on_record = result.device.on_record->ota;
  update.sight = sight_on_record(*result.device.on_record, policy.config.ota);
}

const UpdateRecord& LastUpdate::record() const {
  static const UpdateRecord kNone{};
  return on_record ? *on_record : kNone;
}

void Conversation::forget_errors(std::initializer_list<Part> parts) {
  auto& errors = result.errors;
  const auto is_one = [&](const DeviceError& error) {
    return std::find(parts.begin(), parts.end(), error.part) != parts.end();
  };
  errors.erase(std::remove_if(errors.begin(), errors.end(), is_one), errors.end());
}

bool Conversation::has_error(Part part) const {
  return std::any_of(result.errors.begin(), result.errors.end(),
                     [=](const DeviceError& error) { return error.part == part; });
}

void Conversation::hold(std::string_view reason) {
  result.update_held = true;
  result.held = reason;
}

bool Conversation::waits_for_update() const {
  return policy.config.ota.enabled && policy.config.ota.wait && !policy.dry_run &&
         update.record().state == UpdateState::sent;
}

void Conversation::note_sight(Seen seen) {
  const bool has_run_it = seen == Seen::target || update.sight.has_run_it;
  update.sight = {seconds_after(update.record(), now.utc), seen, true, has_run_it};
}

void Conversation::see(Seen seen) {
  if (update.is_seen) return;
  update.is_seen = true;
  const Standing standing = stand(update.record(), seen, now.utc, policy.config.ota.deadline);
  if (standing.record != update.record()) update.take(standing.record);
  if (seen != Seen::nothing) note_sight(seen);
  if (standing.has_ended) note_end(standing.has_failed);
}

void Conversation::end_update(UpdateState state, std::int64_t ended_at) {
  UpdateRecord next = update.record();
  next.state = state;
  next.ended_at = ended_at;
  if (update.sight.has_run_it) next.error = state == UpdateState::lost ? kCameBack : "";
  update.take(std::move(next));
  note_end(state != UpdateState::updated);
}

void Conversation::note_end(bool has_failed) {
  ++update.ended;
  result.update_ended = true;
  if (has_failed) fail_update();
}

/// The failure of the last update, told as one of this run: what it is comes first, for what is
/// behind may be cut.
void Conversation::fail_update() {
  update.has_failed = true;
  const UpdateRecord& record = update.record();
  const bool is_lost = record.state == UpdateState::lost;
  std::string words = to_string(record.state);
  const bool is_sure = record.error.empty() || record.error == kCameBack;
  words += ": " + record.to + (is_sure ? " was sent" : " may have been sent");
  if (is_lost && now.utc != 0) words += " " + in_words(now.utc - record.sent_at) + " ago";
  if (is_lost)
    words += words_for_loss();
  else if (record.state == UpdateState::unstable)
    words += ", and it reboots again and again";
  else if (record.state == UpdateState::other && result.fw == record.to)
    words += ", runs another build of it (" + result.fw_id + ")";
  else if (record.state == UpdateState::unchanged)
    words += (update.sight.has_run_it ? ", went back to " : ", still runs ") + result.fw;
  else
    words += ", runs " + result.fw;
  fail(Part::ota, is_lost ? Cause::lost : Cause::not_installed, words);
  // Before what it was only noticed by. Who is there instead says why, and comes first.
  const auto first =
      std::stable_partition(result.errors.begin(), result.errors.end(),
                            [](const DeviceError& error) { return error.part == Part::identity; });
  std::rotate(first, result.errors.end() - 1, result.errors.end());
}

/// What was seen of it after the send, and how long ago.
std::string Conversation::words_for_loss() const {
  if (!update.sight.is_there) return ", not seen since";
  const UpdateRecord& record = update.record();
  std::string words;
  if (update.sight.has_run_it) words = ", came back with it";
  if (update.sight.seen == Seen::origin && !record.from.empty())
    words = ", still ran " + record.from;
  const bool is_known = now.utc != 0 && update.sight.after >= 0;
  return words + ", not seen " +
         (is_known ? "for " + in_words(now.utc - record.sent_at - update.sight.after) : "any more");
}

void Conversation::conclude() {
  update.is_away = false;
  // Who was not asked, or could not be, is not silent.
  const bool is_ours = std::any_of(
      result.errors.begin(), result.errors.end(),
      [](const DeviceError& e) { return e.cause == Cause::local || e.part == Part::entry; });
  if (!is_ours && result.ota_status) see(Seen::nothing);
  if (update.has_failed && result.ota_status != OtaStatus::offline)
    result.ota_status = OtaStatus::error;
  settle_record();
  // One that is under way is told, although nothing about it has changed.
  const bool is_under_way = update.is_seen && update.record().state == UpdateState::sent;
  if (is_under_way) result.ota = update.on_record;
  const bool failed = result.ota_status == OtaStatus::check_failed ||
                      result.ota_status == OtaStatus::error ||
                      result.friendly_status == FriendlyStatus::error;
  result.outcome = failed ? Outcome::failed : Outcome::ok;
  if (result.ota_status == OtaStatus::offline && !update.has_failed)
    result.outcome = Outcome::offline;
  if (update.has_failed) result.outcome = Outcome::failed;
  result.error_id = error_ids(result.errors);
}

void Conversation::settle_record() {
  const bool takes_back = std::exchange(update.is_next_recorded, false);
  if (!takes_back && !update.has_changed) return;
  result.ota = update.on_record ? update.on_record : std::make_shared<const UpdateRecord>();
}

void Conversation::cancel() {
  if (update.has_failed)
    result.update_ended = false;
  else
    settle_record();
  result.outcome = Outcome::cancelled;
  result.error_id = error_ids(result.errors);
  result.ota_status.reset();
  result.friendly_status.reset();
}

}  // namespace stage3::probe
