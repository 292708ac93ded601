#include "absence.hpp"

#include <cmath>

#include "device.hpp"
#include "settings.hpp"
#include "update_cycle.hpp"

namespace sim {
namespace {

bool is_asleep(const Device& device, double now) {
  const auto woke_at = last_awakening(device, now);
  return !woke_at || now - *woke_at >= device.settings->sleep->awake;
}

}  // namespace

std::optional<Absence> absence(Device& device, double now) {
  const Settings& settings = *device.settings;
  switch (settings.presence) {
    case Presence::reset:
    case Presence::refused:
      return Absence{Delivery::reset, "reset"};
    case Presence::silent:
      return Absence{Delivery::hang, "silent"};
    case Presence::online:
      break;
  }
  if (settle(device, now) == Phase::rebooting) {
    const bool is_silent = settings.update.is_silent_away;
    return Absence{is_silent ? Delivery::hang : Delivery::reset, "rebooting"};
  }
  if (settings.sleep && is_asleep(device, now)) return Absence{Delivery::hang, "asleep"};
  return std::nullopt;
}

std::optional<double> last_awakening(const Device& device, double now) {
  const auto& plan = device.settings->sleep;
  if (!plan || now < plan->offset) return std::nullopt;
  return now - std::fmod(now - plan->offset, plan->period);
}

}  // namespace sim
