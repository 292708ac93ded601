#pragma once

#include <chrono>
#include <cstddef>

namespace stage3::job {

/// When the state file is saved on the way, so that a crash or a power cut costs little. A save
/// writes the whole file anew: by number it is due when there is as much to save as has been saved
/// before, so that all saves together write a few times the file, however large it is; by time it
/// is due soon enough, but takes a tenth of the time at most.
class Checkpoints {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Checkpoints(Clock::time_point now) : ended_at_(now) {}

  /// Whether a save is due. `recorded`: results recorded so far; `is_last`: no more will come.
  bool is_due(std::size_t recorded, bool is_last, Clock::time_point now) const;
  /// Whether there is anything to save.
  bool is_needed(std::size_t recorded) const noexcept { return recorded != saved_; }

  /// A save of the first `recorded` results has taken from `begin` to `end`.
  void note_saved(std::size_t recorded, Clock::time_point begin, Clock::time_point end);
  void note_failed(Clock::time_point end);

 private:
  std::size_t saved_ = 0;
  Clock::time_point ended_at_;  ///< of the last save
  Clock::duration cost_{};      ///< of the last save that succeeded
  bool has_failed_ = false;     ///< the last save
};

}  // namespace stage3::job
