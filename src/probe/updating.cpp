// Is the firmware current, and may it be brought up to date?

#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "config/words.hpp"
#include "probe/reply.hpp"
#include "probe/version_order.hpp"
#include "rpc/answers.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

using probe::FirmwareVersion;
using rpc::Unusable;

namespace {

/// An offer that the configuration lets count, and its key.
struct Candidate {
  OtaStage stage;
  const rpc::Offer& offer;

  FirmwareVersion version() const { return {offer.version, offer.build_id}; }
};

std::vector<Candidate> candidates(const rpc::Offers& offers, OtaStage wanted) {
  std::vector<Candidate> out;
  if (offers.stable) out.push_back({OtaStage::stable, *offers.stable});
  if (offers.beta && wanted == OtaStage::beta) out.push_back({OtaStage::beta, *offers.beta});
  return out;
}

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

}  // namespace

// --- 5. The update check

Action DeviceProbe::check_for_update() {
  const auto& ota = policy_.config.ota;
  if (!ota.enabled || login_failed_) {
    result_.ota_status = ota.enabled ? OtaStatus::error : OtaStatus::skipped;
    return done();
  }
  return ask(rpc::check_for_update(), ota.timeout, &DeviceProbe::update_checked);
}

Action DeviceProbe::update_checked(const Reply& reply) {
  result_.ota_status = login_failed_ ? OtaStatus::error : OtaStatus::check_failed;
  if (!probe::succeeded(reply)) {
    fail(Part::ota, reply);
    return done();
  }
  const auto answer = rpc::read_offers(reply.body, policy_.config.ota.stage);
  if (const auto* unusable = std::get_if<Unusable>(&answer)) {
    fail(Part::ota, Cause::malformed, unusable->why);
    return done();
  }
  return judge_offers(std::get<rpc::Offers>(answer));
}

Action DeviceProbe::judge_offers(const rpc::Offers& offers) {
  const FirmwareVersion installed(result_.fw, result_.fw_id);
  std::optional<Candidate> newest;
  const rpc::Offer* unclear = nullptr;
  const auto wanted = candidates(offers, policy_.config.ota.stage);
  for (const Candidate& candidate : wanted) {
    const auto is_newer = candidate.version().is_newer_than(installed);
    if (!is_newer) unclear = &candidate.offer;
    if (!is_newer.value_or(false)) continue;
    if (!newest || candidate.version().is_newer_than(newest->version()).value_or(false))
      newest.emplace(candidate);
  }
  if (newest) return take_offer(newest->offer, newest->stage);
  if (unclear != nullptr) return cannot_compare(unclear->version);
  result_.ota_status = OtaStatus::up_to_date;
  return done();
}

Action DeviceProbe::take_offer(const rpc::Offer& offer, OtaStage stage) {
  result_.ota_status = OtaStatus::update_available;
  result_.update = offer.version;
  offered_build_ = offer.build_id;
  offered_stage_ = stage;
  if (policy_.config.ota.mode == OtaMode::check_only || policy_.dry_run) return done();
  return permit(&DeviceProbe::granted);
}

Action DeviceProbe::cannot_compare(const std::string& offered) {
  if (!FirmwareVersion(offered, {}).says_something()) {
    fail(Part::ota, Cause::malformed, "the offered \"" + offered + "\" is no version");
    return done();
  }
  fail(Part::ota, Cause::malformed,
       "installed \"" + result_.fw + "\" and offered \"" + offered +
           "\" cannot be compared without the dates of both builds");
  return done();
}

// --- 6. The update

Action DeviceProbe::granted(const Granted& event) {
  if (!event.yes) {
    result_.update_held = !event.sent_already;
    if (event.sent_already)
      fail(Part::ota, Cause::sent_already, "the update was sent already and is not sent again");
    return done();
  }
  return ask(rpc::get_device_info(), policy_.config.timeouts.rpc, &DeviceProbe::still_same);
}

Action DeviceProbe::still_same(const Reply& reply) {
  const auto info = right_device(reply);
  if (!info) return done();
  identity_is_old_ = false;
  result_.ota_status = OtaStatus::error;
  result_.fw = info->ver;
  result_.fw_id = info->fw_id;
  const auto is_newer =
      FirmwareVersion(result_.update, offered_build_).is_newer_than({info->ver, info->fw_id});
  if (!is_newer) return cannot_compare(result_.update);
  if (!*is_newer) {
    result_.ota_status = OtaStatus::up_to_date;
    result_.update.clear();
    return done();
  }
  result_.ota_status = OtaStatus::update_available;
  Action action = tell(rpc::start_update(config::word_of(offered_stage_), parameters_),
                       policy_.config.ota.timeout, &DeviceProbe::update_answered);
  STAGE3_ASSERT(!update_called_ && !update_left_);
  update_called_ = true;
  return action;
}

Action DeviceProbe::update_answered(const Reply& reply) {
  update_called_ = false;
  const bool never_arrived = reply.failure == Cause::refused ||
                             reply.failure == Cause::unreachable || reply.failure == Cause::local ||
                             reply.unsent;
  update_left_ = !never_arrived;
  const bool refused = probe::is_status(reply.status) && reply.status >= 300;
  const bool is_answer = probe::is_status(reply.status) && !reply.failure;
  if (!is_answer && !never_arrived && !refused) {
    result_.update_sent = true;
    fail(Part::ota, Cause::no_answer, "may have started, no answer");
    return done();
  }
  if (!probe::succeeded(reply)) {
    fail(Part::ota, reply);
    const bool is_for_now = !login_failed_ && is_refused_for_now(reply);
    result_.ota_status = is_for_now ? OtaStatus::update_available : OtaStatus::error;
    return done();
  }
  result_.update_sent = true;
  if (!rpc::is_acceptance(reply.body))
    fail(Part::ota, Cause::no_answer, "may have started, the answer cannot be read");
  return done();
}

}  // namespace stage3
