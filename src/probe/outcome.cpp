// What the conversation comes to: errors, and how it ends.

#include "probe/reply.hpp"

namespace stage3 {

void DeviceProbe::fail(Part part, Cause cause, const std::string& words) {
  result_.errors.push_back(
      {part, cause, 0, 0, std::string(stage3::to_string(part)) + ": " + words});
}

void DeviceProbe::fail(Part part, const Reply& reply, const std::string& before) {
  // The login's own error already says why this part failed.
  if (login_failed_) return;
  const probe::Failure failure = probe::describe(reply);
  result_.errors.push_back({part, failure.cause, failure.http_status, failure.rpc_code,
                            std::string(stage3::to_string(part)) + ": " + before + failure.words});
}

void DeviceProbe::abandon(bool call_may_have_left) {
  if (is_over()) return;
  if (!call_may_have_left || !update_is_under_way()) {
    result_.outcome = Outcome::cancelled;
    result_.ota_status.reset();
    result_.friendly_status.reset();
    next_ = kOver;
    return;
  }
  Reply reply;
  reply.failure = Cause::timeout;
  update_answered(reply);
}

bool DeviceProbe::has_written(bool call_may_have_left) const noexcept {
  const auto* step = std::get_if<Step<Reply>>(&next_);
  const bool is_writing = call_.writes && step != nullptr && *step == &DeviceProbe::replied;
  return has_written_ || (is_writing && call_may_have_left);
}

void DeviceProbe::withhold() {
  if (!has_written_) return abandon(false);
  // A name is written once, and first: what is pending is the update.
  update_called_ = false;
  result_.update_held = true;
  done();
}

/// Not while a refused one waits, or asks for a challenge, to be sent again.
bool DeviceProbe::update_is_under_way() const {
  const auto* step = std::get_if<Step<Reply>>(&next_);
  return update_called_ && step != nullptr && *step == &DeviceProbe::replied;
}

bool DeviceProbe::is_over() const {
  const auto* step = std::get_if<Step<Started>>(&next_);
  return step != nullptr && *step == kOver;
}

Action DeviceProbe::done() {
  const bool failed = result_.ota_status == OtaStatus::check_failed ||
                      result_.ota_status == OtaStatus::error ||
                      result_.friendly_status == FriendlyStatus::error;
  result_.outcome = failed ? Outcome::failed : Outcome::ok;
  if (result_.ota_status == OtaStatus::offline) result_.outcome = Outcome::offline;
  next_ = kOver;
  return Done{};
}

}  // namespace stage3
