#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace stage3::job {

/// When the state file is saved on the way, when it is looked whether it still could be, and what
/// becomes of the run when it cannot. Knows no file and no run: what happened goes in with its
/// time, what to do comes out.
///
/// A save writes the whole file anew: by number it is due when there is as much to save as has been
/// saved before, so that all saves together write a few times the file, however large it is; by
/// time it is due soon enough that a crash or a power cut costs little, but takes a tenth of the
/// time at most.
class Checkpoints {
 public:
  enum class State {
    going_on,  ///< devices may be changed
    held,      ///< nothing may be changed until a save succeeds
    given_up   ///< the run is to be stopped
  };

  explicit Checkpoints(Clock::time_point now) : ended_at_(now), looked_at_(now) {}

  State state() const noexcept { return state_; }

  /// Whether a save is due. `recorded`: results recorded so far; `is_last`: no more will come.
  bool is_due(std::size_t recorded, bool is_last, Clock::time_point now) const;
  /// Whether there is anything to save.
  bool is_needed(std::size_t recorded) const noexcept { return recorded != saved_; }
  /// Whether to look if a save would succeed.
  bool is_look_due(Clock::time_point now) const;

  /// A look found nothing in the way, or something: then a save is to show it at once.
  void note_looked(bool is_fine, Clock::time_point now);
  /// A save of the first `recorded` results has taken from `begin` to `end`.
  void note_saved(std::size_t recorded, Clock::time_point begin, Clock::time_point end);
  void note_failed(Clock::time_point end);
  /// A save or a look came to nothing for a reason that says nothing about the file.
  void note_postponed(Clock::time_point now);

 private:
  State state_ = State::going_on;
  /// Since a save succeeded.
  unsigned failures_ = 0;
  std::size_t saved_ = 0;
  /// Of the last save.
  Clock::time_point ended_at_;
  /// Of the last save that succeeded.
  Clock::duration cost_{};
  Clock::time_point looked_at_;
  Clock::duration look_interval_ = std::chrono::milliseconds(200);
  /// By the last look.
  bool is_alarmed_ = false;
};

}  // namespace stage3::job
