#include "rollout/places.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace stage3::rollout {

void Places::give_back(Place place) {
  STAGE3_ASSERT(place != Place::taken || in_flight_ > 0);
  STAGE3_ASSERT(place != Place::returning || returning_ > 0);
  if (place == Place::taken) --in_flight_;
  if (place == Place::returning) --returning_;
}

Places::Place Places::pause() {
  STAGE3_ASSERT(in_flight_ > 0);
  --in_flight_;
  return Place::paused;
}

Places::Place Places::resume(Place place) {
  if (in_flight_ < now_) {
    ++in_flight_;
    if (place == Place::returning) --returning_;
    return Place::taken;
  }
  if (place == Place::paused) ++returning_;
  return Place::returning;
}

std::optional<std::size_t> Places::shrink() {
  now_ = std::max<std::size_t>(2, std::min(now_, in_flight_)) - 1;
  finished_well_ = 0;
  if (announced_ && now_ >= *announced_ / 2) return std::nullopt;
  announced_ = now_;
  return now_;
}

void Places::grow() {
  if (now_ == most_ || ++finished_well_ < now_) return;
  ++now_;
  finished_well_ = 0;
}

}  // namespace stage3::rollout
