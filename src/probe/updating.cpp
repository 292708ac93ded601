// Is the firmware current, and may it be brought up to date?

#include "probe/reply.hpp"
#include "probe/version_order.hpp"
#include "rpc/answers.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

using probe::FirmwareVersion;
using rpc::Unusable;

namespace {

const char* to_string(OtaStage stage) {
  return stage == OtaStage::beta ? "beta" : "stable";
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
  const auto& offers = std::get<rpc::Offers>(answer);
  const auto& offer = policy_.config.ota.stage == OtaStage::beta ? offers.beta : offers.stable;
  if (offer) return judge_offer(*offer);
  result_.ota_status = OtaStatus::up_to_date;
  return done();
}

Action DeviceProbe::judge_offer(const rpc::Offer& offer) {
  const auto offered = FirmwareVersion::parse(offer.version, offer.build_id);
  const auto installed = FirmwareVersion::parse(result_.fw, result_.fw_id);
  if (!offered || !installed) return cannot_compare(offered ? result_.fw : offer.version);
  if (!offered->is_newer_than(*installed)) {
    result_.ota_status = OtaStatus::up_to_date;
    return done();
  }
  result_.ota_status = OtaStatus::update_available;
  result_.update = offer.version;
  offered_build_ = offer.build_id;
  if (policy_.config.ota.mode == OtaMode::check_only || policy_.dry_run) return done();
  return permit(&DeviceProbe::granted);
}

Action DeviceProbe::cannot_compare(const std::string& version) {
  fail(Part::ota, Cause::malformed, "version \"" + version + "\" cannot be compared");
  return done();
}

// --- 6. The update

Action DeviceProbe::granted(const Granted& event) {
  if (!event.yes) {
    result_.update_held = true;
    return done();
  }
  return ask(rpc::get_device_info(), policy_.config.timeouts.rpc, &DeviceProbe::still_same);
}

Action DeviceProbe::still_same(const Reply& reply) {
  result_.ota_status = OtaStatus::error;
  if (!probe::succeeded(reply)) {
    fail(Part::identity, reply, "cannot be read: ");
    return done();
  }
  const auto answer = rpc::read_device_info(reply.body);
  if (const auto* unusable = std::get_if<Unusable>(&answer)) {
    fail(Part::identity, Cause::malformed, "cannot be read: " + unusable->why);
    return done();
  }
  const auto& info = std::get<rpc::DeviceInfo>(answer);
  if (!is_expected(info.mac)) return wrong_device(info.mac);
  result_.fw = info.ver;
  result_.fw_id = info.fw_id;
  const auto offered = FirmwareVersion::parse(result_.update, offered_build_);
  const auto installed = FirmwareVersion::parse(info.ver, info.fw_id);
  if (!offered || !installed) return cannot_compare(info.ver);
  if (!offered->is_newer_than(*installed)) {
    result_.ota_status = OtaStatus::up_to_date;
    result_.update.clear();
    return done();
  }
  result_.ota_status = OtaStatus::update_available;
  const auto& ota = policy_.config.ota;
  Action action = tell(rpc::start_update(to_string(ota.stage), parameters_), ota.timeout,
                       &DeviceProbe::update_answered);
  update_called_ = true;
  return action;
}

Action DeviceProbe::update_answered(const Reply& reply) {
  update_called_ = false;
  const bool never_arrived = reply.failure == Cause::refused ||
                             reply.failure == Cause::unreachable || reply.failure == Cause::local;
  const bool refused = probe::is_status(reply.status) && reply.status >= 300;
  const bool is_answer = probe::is_status(reply.status) && !reply.failure;
  if (!is_answer && !never_arrived && !refused) {
    result_.update_sent = true;
    fail(Part::ota, Cause::no_answer, "may have started, no answer");
    return done();
  }
  if (!probe::succeeded(reply)) {
    fail(Part::ota, reply);
    result_.ota_status = OtaStatus::error;
    return done();
  }
  result_.update_sent = true;
  return done();
}

}  // namespace stage3
