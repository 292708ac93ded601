#include "rollout/slots.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace stage3::rollout {

void Slots::give_back(Slot slot) {
  STAGE3_ASSERT(slot != Slot::taken || in_flight_ > 0);
  STAGE3_ASSERT(slot != Slot::returning || returning_ > 0);
  if (slot == Slot::taken) --in_flight_;
  if (slot == Slot::returning) --returning_;
}

Slots::Slot Slots::pause() {
  STAGE3_ASSERT(in_flight_ > 0);
  --in_flight_;
  return Slot::paused;
}

Slots::Slot Slots::resume(Slot slot) {
  if (in_flight_ < now_) {
    ++in_flight_;
    if (slot == Slot::returning) --returning_;
    return Slot::taken;
  }
  if (slot == Slot::paused) ++returning_;
  return Slot::returning;
}

std::optional<std::size_t> Slots::shrink() {
  now_ = std::max<std::size_t>(2, std::min(now_, in_flight_)) - 1;
  finished_well_ = 0;
  if (announced_ && now_ >= *announced_ / 2) return std::nullopt;
  announced_ = now_;
  return now_;
}

void Slots::grow() {
  if (now_ == most_ || ++finished_well_ < now_) return;
  ++now_;
  finished_well_ = 0;
}

}  // namespace stage3::rollout
