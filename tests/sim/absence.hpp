#pragma once

#include <optional>

#include "reply.hpp"

namespace sim {

struct Device;

/// Why a device does not answer at all, and what a connection to it gets instead.
struct Absence {
  Delivery delivery = Delivery::hang;
  const char* reason = "";  ///< as the log tells it
};

/// Nothing when the device can be reached at `now`: it is neither asleep nor rebooting nor set to
/// be away.
std::optional<Absence> absence(Device& device, double now);

/// When a device that sleeps woke up last; nothing: it does not sleep, or has not woken up yet.
std::optional<double> last_awakening(const Device& device, double now);

}  // namespace sim
