#pragma once

#include <string>

namespace sim {

struct Device;

/// The results of the reading RPCs, as JSON text; `now` in seconds on the simulator's clock.

std::string describe_info(const Device& device, double now);
std::string describe_config(const Device& device);
std::string describe_sys_config(const Device& device);
std::string describe_status(const Device& device, double now);
std::string describe_sys_status(const Device& device, double now);

/// Shelly.CheckForUpdate.
std::string describe_offers(const Device& device, double now);

}  // namespace sim
