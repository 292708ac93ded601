#include "run/board.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace stage3::run {

void Board::add(std::vector<Device> devices) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.insert(waiting_.end(), std::make_move_iterator(devices.begin()),
                  std::make_move_iterator(devices.end()));
}

std::optional<Device> Board::start() {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (in_flight_ + returning_ < places_ && !waiting_.empty()) {
    Device device = std::move(waiting_.front());
    waiting_.pop_front();
    // An entry that cannot be used has no address to ask.
    const bool asks = device.defect.empty();
    if (asks) {
      const auto [busy, is_free] = busy_.try_emplace(device.address);
      if (!is_free) {
        busy->second.push_back(std::move(device));
        ++blocked_;
        continue;
      }
    }
    ++in_flight_;
    return device;
  }
  return std::nullopt;
}

std::optional<Device> Board::take_waiting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!waiting_.empty()) {
    Device device = std::move(waiting_.front());
    waiting_.pop_front();
    return device;
  }
  if (blocked_ == 0) return std::nullopt;
  for (auto& [address, blocked] : busy_) {
    if (blocked.empty()) continue;
    Device device = std::move(blocked.back());
    blocked.pop_back();
    --blocked_;
    return device;
  }
  return std::nullopt;
}

Board::Place Board::pause() {
  const std::lock_guard<std::mutex> lock(mutex_);
  --in_flight_;
  return Place::paused;
}

Board::Place Board::resume(Place place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (in_flight_ < places_) {
    ++in_flight_;
    if (place == Place::returning) --returning_;
    return Place::taken;
  }
  if (place == Place::paused) ++returning_;
  return Place::returning;
}

bool Board::has_returning() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return returning_ > 0;
}

void Board::finish(const Device& device, Place place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (place == Place::taken) --in_flight_;
  if (place == Place::returning) --returning_;
  if (device.defect.empty()) free_address(device.address);
  grow();
}

void Board::free_address(const Address& address) {
  const auto busy = busy_.find(address);
  if (busy == busy_.end()) return;
  // In front of all others: they were there first.
  for (auto device = busy->second.rbegin(); device != busy->second.rend(); ++device) {
    waiting_.push_front(std::move(*device));
    --blocked_;
  }
  busy_.erase(busy);
}

std::optional<std::size_t> Board::shrink() {
  const std::lock_guard<std::mutex> lock(mutex_);
  places_ = std::max<std::size_t>(2, std::min(places_, in_flight_)) - 1;
  finished_well_ = 0;
  if (places_told_ && places_ >= *places_told_ / 2) return std::nullopt;
  places_told_ = places_;
  return places_;
}

void Board::grow() {
  if (places_ == most_places_ || ++finished_well_ < places_) return;
  ++places_;
  finished_well_ = 0;
}

bool Board::has_waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return in_flight_ + returning_ < places_ && !waiting_.empty();
}

}  // namespace stage3::run
