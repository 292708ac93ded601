#include "absence.hpp"

#include <cmath>

#include "device.hpp"
#include "settings.hpp"
#include "update_cycle.hpp"

namespace sim {
namespace {

bool is_asleep(const SleepPlan& plan, double now) {
  const double since = now - plan.offset;
  return since < 0 || std::fmod(since, plan.period) >= plan.awake;
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
  if (settle(device, now) == Phase::rebooting) return Absence{Delivery::reset, "rebooting"};
  if (settings.sleep && is_asleep(*settings.sleep, now)) return Absence{Delivery::hang, "asleep"};
  return std::nullopt;
}

}  // namespace sim
