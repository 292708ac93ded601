#include "probe/updating.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/assert.hpp"
#include "config/words.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"
#include "probe/update_table.hpp"
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

/// From the permit to the send at most: what was written down before has to be true.
constexpr Duration kGrantHolds = std::chrono::seconds(30);

/// What the device was offered is believed for so long.
constexpr Duration kOfferHolds = std::chrono::seconds(60);

/// Nothing of the call has come to the device.
bool never_arrived(const Reply& reply) {
  return reply.failure == Cause::refused || reply.failure == Cause::unreachable ||
         reply.failure == Cause::local || reply.unsent;
}

/// The device has not taken the call but sent it elsewhere: to HTTPS, which it speaks alone by now.
bool is_sent_elsewhere(const Reply& reply) {
  return !reply.failure && reply.status / 100 == 3;
}

/// Of a send that nobody has answered, and so of one that is about to be made.
constexpr const char* kNoAnswer = "may have started, no answer";
constexpr const char* kUnreadable = "may have started, the answer cannot be read";

/// It has not said no: an answer that is none, or a server's trouble, leaves open what it does.
bool leaves_open(const Reply& reply) {
  constexpr int kElsewhere = 300;
  constexpr int kNo = 400;
  constexpr int kTrouble = 500;
  if (!is_status(reply.status)) return true;
  if (reply.status < kElsewhere || reply.status >= kTrouble)
    return reply.failure || !rpc::read_rpc_error(reply.body);
  return reply.failure && reply.status < kNo;
}

}  // namespace

Action Updating::begin(OtaStage stage, int attempt) {
  stage_ = stage;
  attempt_ = attempt;
  sent_at_ = conversation().now.utc;
  offered_at_ = conversation().now.steady;
  call_ = UpdateCall::not_made;
  const DeviceResult& offered = conversation().result;
  Permit permit{offered.update, offered.update_build, record(),
                conversation().update.sent + conversation().update.ended > 0};
  return exchange().permit(std::move(permit), {this, &Updating::granted});
}

UpdateRecord Updating::record() const {
  const DeviceResult& offered = conversation().result;
  return {UpdateState::sent, offered.fw, offered.update, offered.update_build,
          sent_at_,          0,          attempt_,       kNoAnswer};
}

Action Updating::granted(const Granted& event) {
  if (event.yes) {
    granted_ = conversation().now;
    // The vendor may have put another build there since.
    if (conversation().now.steady - offered_at_ > kOfferHolds)
      return ask(rpc::check_for_update(), {this, &Updating::offered_again});
    return ask_status();
  }
  if (!event.sent_already) return hold(event.held);
  conversation().fail(Part::ota, Cause::sent_already,
                      "the update was sent already and is not sent again");
  return done();
}

Action Updating::offered_again(const Reply& reply) {
  if (conversation().login_failed) return end_with(OtaStatus::error);
  const auto answer = rpc::read_offers(succeeded(reply) ? reply.body : "", config().ota.stage);
  const auto* offers = std::get_if<rpc::Offers>(&answer);
  if (offers == nullptr) return hold("what is offered cannot be read again");
  const auto& offer = stage_ == OtaStage::stable ? offers->stable : offers->beta;
  const bool is_same = offer && offer->version == result().update &&
                       is_same_build(offer->build_id, result().update_build);
  return is_same ? ask_status() : hold("offer changed");
}

Action Updating::ask_status() {
  return exchange().ask_once(rpc::get_sys_status(), {this, &Updating::status_read});
}

/// A device that does not tell is no sleeper that anybody knows of.
Action Updating::status_read(const Reply& reply) {
  if (conversation().login_failed) return end_with(OtaStatus::error);
  if (status_in(reply).is_sleeper) return hold("sleeps");
  return ask(rpc::get_device_info(), {this, &Updating::still_same});
}

Action Updating::still_same(const Reply& reply) {
  const auto info = recognise(conversation(), reply);
  if (!info) return done();
  const bool is_same = info->ver == result().fw;
  result().fw = info->ver;
  result().fw_id = info->fw_id;
  const auto is_newer = FirmwareVersion(result().update, result().update_build)
                            .is_newer_than({info->ver, info->fw_id});
  if (!is_newer) {
    conversation().fail(Part::ota, Cause::malformed, why_not_compared(info->ver, result().update));
    return end_with(OtaStatus::error);
  }
  if (!*is_newer) {
    result().update.clear();
    result().update_build.clear();
    return end_with(OtaStatus::up_to_date);
  }
  // What is on record of the update would not be true.
  return is_same ? start() : hold("runs another version by now");
}

/// What was granted a while ago, and what is on record of it, is not true any more: the device was
/// slow, or this process was stopped.
Action Updating::start() {
  STAGE3_ASSERT(call_ == UpdateCall::not_made);
  const Moment& now = conversation().now;
  const Duration by_utc = std::chrono::seconds(std::abs(now.utc - granted_.utc));
  if (std::max(now.steady - granted_.steady, by_utc) > kGrantHolds)
    return hold("too long from the permit to the send");
  const std::string reason = policy().why_held ? policy().why_held(result()) : std::string();
  if (!reason.empty()) return hold(reason);
  sent_at_ = now.utc;
  call_ = UpdateCall::made;
  result().ota_status = OtaStatus::update_available;
  return tell(rpc::start_update(config::word_of(stage_), conversation().peer->parameters),
              {this, &Updating::answered});
}

Action Updating::answered(const Reply& reply) {
  if (reply.unsent && !reply.failure) return hold("changes were held back");
  if (never_arrived(reply)) {
    conversation().fail(Part::ota, reply);
    return end_with(OtaStatus::error);
  }
  call_ = UpdateCall::may_have_arrived;
  if (succeeded(reply)) return sent(rpc::is_acceptance(reply.body) ? "" : kUnreadable);
  return leaves_open(reply) ? sent(kNoAnswer) : refused(reply);
}

Action Updating::sent(const std::string& doubt) {
  LastUpdate& update = conversation().update;
  UpdateRecord next = record();
  next.error = doubt;
  update.take(std::move(next));
  update.is_next_recorded = false;
  update.sight = {};
  ++update.sent;
  result().update_sent = true;
  if (config().ota.wait) return next_.begin();
  if (!doubt.empty()) conversation().fail(Part::ota, Cause::no_answer, doubt);
  return done();
}

/// For now: nothing has come of it. For good: it is not asked again before long.
Action Updating::refused(const Reply& reply) {
  conversation().fail(Part::ota, reply);
  const bool is_for_login =
      conversation().login_failed || reply.status == 401 || reply.status == 429;
  if (!is_for_login && is_refused_for_now(reply)) return done();
  if (is_for_login || is_sent_elsewhere(reply)) return end_with(OtaStatus::error);
  UpdateRecord next = record();
  next.state = UpdateState::refused;
  next.ended_at = conversation().now.utc;
  next.error = describe(reply).words;
  conversation().update.take(std::move(next));
  conversation().update.is_next_recorded = false;
  return end_with(OtaStatus::error);
}

Action Updating::end_with(OtaStatus status) {
  result().ota_status = status;
  return done();
}

}  // namespace stage3::probe
