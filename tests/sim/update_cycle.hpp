#pragma once

#include <optional>
#include <string>

#include "fault.hpp"

namespace sim {

struct Device;

/// What a device is doing. No timer drives it: the phase follows from the clock whenever somebody
/// looks, so 100,000 devices that update cost nothing meanwhile.
enum class Phase {
  up,
  applying,   ///< has accepted an update, still answers
  pending,    ///< about to restart: answers -109
  rebooting,  ///< does not answer
};

/// The phase at `now` (seconds on the simulator's clock, never less than in an earlier call).
/// Begins an update that the device makes by itself, ends one that is over: installs the firmware
/// and sets the uptime back.
Phase settle(Device& device, double now);

/// Shelly.Update. `stage` is empty when the parameter is missing, which means stable.
std::optional<RpcError> start_update(Device& device, const std::string& stage, double now);

/// Shelly.Reboot of a device that is up or still downloads an update, which this ends.
void start_reboot(Device& device, double now);

}  // namespace sim
