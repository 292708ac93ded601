#pragma once

namespace sim {

struct Device;
struct Firmware;
struct Offer;

/// What CheckForUpdate offers; null: not offered.
struct Offers {
  const Offer* stable = nullptr;
  const Offer* beta = nullptr;
};

/// The offers at `now` (seconds on the simulator's clock), after the checks answered so far.
Offers offers_of(const Device& device, double now);

/// The version that must be installed before `target`, or null.
const Offer* step_before(const Device& device, const Firmware& target);

}  // namespace sim
