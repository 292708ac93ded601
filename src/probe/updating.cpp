#include "probe/updating.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "config/words.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"
#include "probe/version_order.hpp"

namespace stage3::probe {

namespace {

/// Turned away for the moment: an update is in progress, the device is about to restart, or its
/// battery is low. Texts count as well as the code, since which code goes with which reason differs
/// between firmware versions.
bool is_refused_for_now(const Reply& reply) {
  constexpr int kFailedPrecondition = -109;
  const auto error = reply.failure ? std::nullopt : rpc::read_rpc_error(reply.body);
  if (!error) return false;
  std::string text = error->message;
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return error->code == kFailedPrecondition || text.find("in progress") != std::string::npos ||
         text.find("battery") != std::string::npos;
}

/// Nothing of the call has come to the device.
bool never_arrived(const Reply& reply) {
  return reply.failure == Cause::refused || reply.failure == Cause::unreachable ||
         reply.failure == Cause::local || reply.unsent;
}

}  // namespace

Action Updating::begin(const rpc::Offer& offer, OtaStage stage) {
  build_id_ = offer.build_id;
  stage_ = stage;
  return exchange().permit(offer.version, {this, &Updating::granted});
}

Action Updating::granted(const Granted& event) {
  if (!event.yes) {
    result().update_held = !event.sent_already;
    if (event.sent_already)
      conversation().fail(Part::ota, Cause::sent_already,
                          "the update was sent already and is not sent again");
    return done();
  }
  return ask(rpc::get_device_info(), {this, &Updating::still_same});
}

Action Updating::still_same(const Reply& reply) {
  const auto info = recognise(conversation(), reply);
  if (!info) return done();
  result().ota_status = OtaStatus::error;
  result().fw = info->ver;
  result().fw_id = info->fw_id;
  const std::string& offered = result().update;
  const auto is_newer = FirmwareVersion(offered, build_id_).is_newer_than({info->ver, info->fw_id});
  if (!is_newer) {
    conversation().fail(Part::ota, Cause::malformed, why_not_compared(info->ver, offered));
    return done();
  }
  if (!*is_newer) {
    result().ota_status = OtaStatus::up_to_date;
    result().update.clear();
    return done();
  }
  return start();
}

Action Updating::start() {
  STAGE3_ASSERT(call_ == UpdateCall::not_made);
  call_ = UpdateCall::made;
  result().ota_status = OtaStatus::update_available;
  return tell(rpc::start_update(config::word_of(stage_), conversation().peer->parameters),
              {this, &Updating::answered});
}

Action Updating::answered(const Reply& reply) {
  if (!never_arrived(reply)) call_ = UpdateCall::may_have_arrived;
  const bool refused = is_status(reply.status) && reply.status >= 300;
  const bool is_answer = is_status(reply.status) && !reply.failure;
  if (!is_answer && !never_arrived(reply) && !refused) {
    result().update_sent = true;
    conversation().fail(Part::ota, Cause::no_answer, "may have started, no answer");
    return done();
  }
  if (!succeeded(reply)) {
    conversation().fail(Part::ota, reply);
    const bool is_for_now = !conversation().login_failed && is_refused_for_now(reply);
    result().ota_status = is_for_now ? OtaStatus::update_available : OtaStatus::error;
    return done();
  }
  result().update_sent = true;
  if (!rpc::is_acceptance(reply.body))
    conversation().fail(Part::ota, Cause::no_answer, "may have started, the answer cannot be read");
  return done();
}

}  // namespace stage3::probe
