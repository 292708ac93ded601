#pragma once

#include <cstddef>
#include <optional>

namespace stage3::rollout {

/// How many devices are in flight, and how many may be.
class Slots {
 public:
  /// What a started device has.
  enum class Slot {
    taken,      ///< one of the slots in flight
    paused,     ///< none, and it needs none for now
    returning,  ///< none, but it gets the next that is free: before any device that has not started
    away        ///< none, and neither its address nor its MACs: others may have those meanwhile
  };

  /// `most`: devices in flight at most, >= 1.
  explicit Slots(std::size_t most) : most_(most), now_(most) {}

  /// Whether a device that has not started may take one.
  bool has_free() const { return in_flight_ + returning_ < now_; }
  bool has_returning() const { return returning_ > 0; }

  void take() { ++in_flight_; }
  void give_back(Slot slot);
  Slot pause();
  Slot resume(Slot slot);

  /// See Board::shrink().
  std::optional<std::size_t> shrink();
  /// A device has finished without a shortage.
  void grow();

 private:
  const std::size_t most_;
  std::size_t now_;
  /// Devices since now_ changed.
  std::size_t finished_well_ = 0;
  std::optional<std::size_t> announced_;
  std::size_t in_flight_ = 0;
  std::size_t returning_ = 0;
};

}  // namespace stage3::rollout
