#include "update_cycle.hpp"

#include <cmath>
#include <limits>

#include "device.hpp"
#include "login.hpp"
#include "offers.hpp"
#include "settings.hpp"

namespace sim {
namespace {

constexpr double kForEver = std::numeric_limits<double>::infinity();

void note_end(Device& device, double at) {
  if (device.updates.empty() || device.updates.back().ended_at) return;
  device.updates.back().ended_at = at;
  device.updates.back().became = device.firmware;
}

void boot(Device& device, double at) {
  device.booted_at = at;
  device.restart_required = false;
  forget_logins(device);
}

void come_up(Device& device, const Restart& restart, double at) {
  const UpdatePlan& plan = device.settings->update;
  if (restart.is_update && plan.reboots_again) device.boot_loop = BootLoop{at, device.firmware};
  if (restart.installs != nullptr) {
    device.firmware = restart.installs;
    ++device.updates_installed;
    if (plan.loses_name) device.name.reset();
  }
  boot(device, at);
  note_end(device, at);
}

Phase settle_restart(Device& device, double now) {
  const Restart restart = *device.restart;
  const double pending_at = restart.accepted_at + restart.apply_seconds;
  const double reboot_at = pending_at + restart.pending_seconds;
  const double up_at = reboot_at + restart.reboot_seconds;
  if (now < pending_at) return Phase::applying;
  if (!restart.is_cut_short && now < reboot_at) return Phase::pending;
  if (!restart.is_cut_short && now < up_at) return Phase::rebooting;
  device.restart.reset();
  if (restart.is_cut_short) {
    note_end(device, pending_at);
  } else {
    come_up(device, restart, up_at);
  }
  return Phase::up;
}

Phase settle_boot_loop(Device& device, double now) {
  const UpdatePlan& plan = device.settings->update;
  const RebootsAgain& again = *plan.reboots_again;
  const BootLoop loop = *device.boot_loop;
  const double turn = again.every + plan.reboot_seconds;
  const double turns = std::floor((now - loop.began_at) / turn);
  if (turns >= again.times) {
    device.boot_loop.reset();
    if (again.goes_back) device.firmware = loop.before;
    boot(device, loop.began_at + again.times * turn);
    return Phase::up;
  }
  const double began_at = loop.began_at + turns * turn;
  if (device.booted_at < began_at) boot(device, began_at);
  return now - began_at < again.every ? Phase::up : Phase::rebooting;
}

/// What an earlier decision has made of the device by `now`.
Phase advance(Device& device, double now) {
  const Phase phase = device.restart ? settle_restart(device, now) : Phase::up;
  // An update that has just ended can have begun one.
  return device.boot_loop && !device.restart ? settle_boot_loop(device, now) : phase;
}

void begin_restart(Device& device, const Restart& restart) {
  device.boot_loop.reset();
  device.restart = restart;
}

/// Starts the update to `offer`, with the result that is next.
void begin_update(Device& device, const Offer& offer, bool is_asked, double now) {
  const UpdatePlan& plan = device.settings->update;
  UpdateResult result = nth(plan.results, device.updates.size());
  const bool skips_step = step_before(device, offer.firmware) != nullptr;
  if (result == UpdateResult::install && skips_step) result = UpdateResult::discard;
  device.updates.push_back({now, &offer.firmware, is_asked, result, std::nullopt, nullptr});
  device.has_changed = true;
  Restart restart{now,
                  nullptr,
                  true,
                  result == UpdateResult::cut_short,
                  plan.apply_seconds,
                  plan.pending_seconds,
                  plan.reboot_seconds};
  if (result == UpdateResult::install) restart.installs = &offer.becomes;
  if (result == UpdateResult::stuck) restart.apply_seconds = kForEver;
  if (result == UpdateResult::lost) restart.reboot_seconds = kForEver;
  begin_restart(device, restart);
}

void update_by_itself(Device& device, double now) {
  device.has_updated_itself = true;
  if (advance(device, now) != Phase::up || !device.settings->update.has_internet) return;
  const Offer* target = offers_of(device, now).stable;
  if (target != nullptr) begin_update(device, *target, false, now);
}

}  // namespace

Phase settle(Device& device, double now) {
  const std::optional<double>& own = device.settings->update.self_update_at;
  if (own && !device.has_updated_itself && now >= *own) update_by_itself(device, *own);
  return advance(device, now);
}

std::optional<RpcError> start_update(Device& device, const std::string& stage, double now) {
  const UpdatePlan& plan = device.settings->update;
  const std::uint32_t calls = device.calls[index_of(Rpc::update)];
  if (const auto& refusal = nth(plan.refusals, calls - 1)) return refusal;
  if (device.restart) return plan.busy;
  const Offers offers = offers_of(device, now);
  if (offers.stable == nullptr && offers.beta == nullptr) {
    return RpcError{-114, "Resource unavailable: No update info!"};
  }
  const std::string wanted = stage.empty() ? "stable" : stage;
  const Offer* target =
      wanted == "stable" ? offers.stable : (wanted == "beta" ? offers.beta : nullptr);
  if (target == nullptr) {
    return RpcError{-114, "Resource unavailable: FW stage " + wanted + " not found!"};
  }
  ++device.updates_accepted;
  begin_update(device, *target, true, now);
  return std::nullopt;
}

void start_reboot(Device& device, double now) {
  const UpdatePlan& plan = device.settings->update;
  begin_restart(device, {now, nullptr, false, false, 0, plan.pending_seconds, plan.reboot_seconds});
}

}  // namespace sim
