#include "offers.hpp"

#include <cmath>
#include <cstdint>
#include <optional>

#include "device.hpp"
#include "settings.hpp"

namespace sim {
namespace {

const Offer& vendors_step() {
  static const Offer step = make_offer("1.3.3", "");
  return step;
}

bool applies(const OfferChange& change, const Device& device, double now) {
  const double seconds = change.period_seconds > 0 ? std::fmod(now, change.period_seconds) : now;
  const std::uint32_t answered = device.checks_answered;
  const std::uint32_t checks =
      change.period_checks > 0 ? answered % change.period_checks : answered;
  return seconds >= change.after_seconds && seconds - change.after_seconds < change.for_seconds &&
         checks >= change.after_checks && checks - change.after_checks < change.for_checks &&
         device.updates.size() >= change.after_updates;
}

bool is_installed(const Device& device, const Offer& offer) {
  if (offer.firmware.version != device.firmware->version) return false;
  return !offer.names_build || is_same_build(offer.firmware, *device.firmware);
}

const Offer* offered(const Device& device, const std::optional<Offer>& offer) {
  // An older version is still offered: beta owners see the latest stable one.
  if (!offer || is_installed(device, *offer)) return nullptr;
  const Offer* step = step_before(device, offer->firmware);
  return step != nullptr && device.settings->update.offers_step ? step : &*offer;
}

}  // namespace

Offer make_offer(const std::string& version, const std::string& build_id) {
  const Firmware firmware = make_firmware(version, build_id);
  return {firmware, firmware, !build_id.empty()};
}

const Offer* step_before(const Device& device, const Firmware& target) {
  const UpdatePlan& plan = device.settings->update;
  const Offer* step = plan.step ? &*plan.step : nullptr;
  if (plan.step_is_default && device.settings->model->kind == Kind::shelly) step = &vendors_step();
  if (step == nullptr || !(device.firmware->number < step->firmware.number)) return nullptr;
  return step->firmware.number < target.number ? step : nullptr;
}

Offers offers_of(const Device& device, double now) {
  const UpdatePlan& plan = device.settings->update;
  const std::optional<Offer>* stable = &plan.stable;
  const std::optional<Offer>* beta = &plan.beta;
  for (const OfferChange& change : plan.changes) {
    if (!applies(change, device, now)) continue;
    if (change.stable) stable = &*change.stable;
    if (change.beta) beta = &*change.beta;
  }
  return {offered(device, *stable), offered(device, *beta)};
}

}  // namespace sim
