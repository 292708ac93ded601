#include "job/checkpoints.hpp"

#include <algorithm>
#include <array>

namespace stage3::job {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFewestResults = 500;
constexpr auto kInterval = 10s;
constexpr int kTimesCost = 10;

/// What another stage or a log that fills the disk causes may be over in a moment, and a night's
/// run should not end for it. Meanwhile no device is changed.
constexpr std::array<Clock::duration, 3> kPauses{1s, 2s, 4s};

}  // namespace

bool Checkpoints::is_due(std::size_t recorded, bool is_last, Clock::time_point now) const {
  const Clock::duration age = now - ended_at_;
  if (state_ == State::given_up) return false;
  if (failures_ > 0) return age >= kPauses[failures_ - 1];
  if (is_alarmed_) return true;
  if (!is_needed(recorded)) return false;
  if (is_last) return true;
  if (age < kTimesCost * cost_) return false;
  return recorded - saved_ >= std::max(kFewestResults, saved_) || age >= kInterval;
}

bool Checkpoints::is_look_due(Clock::time_point now) const {
  return state_ == State::going_on && now - ended_at_ >= kTimesCost * cost_ &&
         now - looked_at_ >= look_interval_;
}

void Checkpoints::note_looked(bool is_fine, Clock::time_point now) {
  looked_at_ = now;
  is_alarmed_ = !is_fine;
  if (!is_fine) state_ = State::held;
}

void Checkpoints::note_saved(std::size_t recorded, Clock::time_point begin, Clock::time_point end) {
  // Who cried wolf is asked less often: the saves for it shall not become the run's main work.
  if (is_alarmed_ && failures_ == 0) look_interval_ *= 2;
  state_ = State::going_on;
  failures_ = 0;
  is_alarmed_ = false;
  saved_ = recorded;
  ended_at_ = end;
  looked_at_ = end;
  cost_ = end - begin;
}

void Checkpoints::note_postponed(Clock::time_point now) {
  ended_at_ = now;
  looked_at_ = now;
  is_alarmed_ = false;
  if (failures_ == 0) state_ = State::going_on;
}

void Checkpoints::note_failed(Clock::time_point end) {
  ended_at_ = end;
  ++failures_;
  state_ = failures_ > kPauses.size() ? State::given_up : State::held;
}

}  // namespace stage3::job
