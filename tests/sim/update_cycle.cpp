#include "update_cycle.hpp"

#include "device.hpp"
#include "settings.hpp"

namespace sim {
namespace {

const Firmware& vendors_step() {
  static const Firmware step = make_firmware("1.3.3", "");
  return step;
}

/// The version that must be installed before `target`, or null.
const Firmware* step_before(const Device& device, const Firmware& target) {
  const UpdatePlan& plan = device.settings->update;
  const Firmware* step = plan.step ? &*plan.step : nullptr;
  if (plan.step_is_default && device.settings->model->kind == Kind::shelly) step = &vendors_step();
  if (step == nullptr || !(device.firmware->number < step->number)) return nullptr;
  return step->number < target.number ? step : nullptr;
}

const Firmware* offer(const Device& device, const std::optional<Firmware>& target) {
  // An older version is still offered: beta owners see the latest stable one.
  if (!target || target->version == device.firmware->version) return nullptr;
  const Firmware* step = step_before(device, *target);
  return step != nullptr && device.settings->update.offers_step ? step : &*target;
}

std::optional<RpcError> refusal_of(const UpdatePlan& plan) {
  switch (plan.refusal) {
    case UpdateRefusal::no_info:
      return RpcError{-114, "Resource unavailable: No update info!"};
    case UpdateRefusal::low_battery:
      return RpcError{-109, "Failed precondition: Low battery!"};
    case UpdateRefusal::pending_restart:
      return RpcError{-109, "Failed precondition: Restart pending!"};
    case UpdateRefusal::none:
      break;
  }
  return std::nullopt;
}

void begin_restart(Device& device, const Firmware* installs, double apply_seconds, double now) {
  const UpdatePlan& plan = device.settings->update;
  device.restart = Restart{now, installs, apply_seconds, plan.pending_seconds, plan.reboot_seconds};
}

}  // namespace

Phase settle(Device& device, double now) {
  if (!device.restart) return Phase::up;
  const Restart& restart = *device.restart;
  const double pending_at = restart.accepted_at + restart.apply_seconds;
  const double reboot_at = pending_at + restart.pending_seconds;
  const double up_at = reboot_at + restart.reboot_seconds;
  if (now < pending_at) return Phase::applying;
  if (now < reboot_at) return Phase::pending;
  if (now < up_at) return Phase::rebooting;
  if (restart.installs != nullptr) {
    device.firmware = restart.installs;
    ++device.updates_installed;
  }
  device.booted_at = up_at;
  device.restart.reset();
  return Phase::up;
}

Offers offers_of(const Device& device) {
  const UpdatePlan& plan = device.settings->update;
  return {offer(device, plan.stable), offer(device, plan.beta)};
}

std::optional<RpcError> start_update(Device& device, const std::string& stage, double now) {
  const UpdatePlan& plan = device.settings->update;
  if (auto refusal = refusal_of(plan)) return refusal;
  if (device.restart) return RpcError{-109, "Failed precondition: Update in progress!"};
  const Offers offers = offers_of(device);
  if (offers.stable == nullptr && offers.beta == nullptr) {
    return RpcError{-114, "Resource unavailable: No update info!"};
  }
  const std::string wanted = stage.empty() ? "stable" : stage;
  const Firmware* target =
      wanted == "stable" ? offers.stable : (wanted == "beta" ? offers.beta : nullptr);
  if (target == nullptr) {
    return RpcError{-114, "Resource unavailable: FW stage " + wanted + " not found!"};
  }
  ++device.updates_accepted;
  const bool skips_step = step_before(device, *target) != nullptr;
  begin_restart(device, plan.discards || skips_step ? nullptr : target, plan.apply_seconds, now);
  return std::nullopt;
}

void start_reboot(Device& device, double now) {
  if (!device.restart) begin_restart(device, nullptr, 0, now);
}

}  // namespace sim
