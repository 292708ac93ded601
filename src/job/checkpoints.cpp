#include "job/checkpoints.hpp"

#include <algorithm>

namespace stage3::job {
namespace {

constexpr std::size_t kFewestResults = 500;
constexpr std::chrono::seconds kInterval{10};
constexpr int kTimesCost = 10;

}  // namespace

bool Checkpoints::is_due(std::size_t recorded, bool is_last, Clock::time_point now) const {
  if (!is_needed(recorded)) return false;
  // What could not be saved a moment ago will hardly be saved with the next result.
  if (is_last && !has_failed_) return true;
  const Clock::duration age = now - ended_at_;
  if (age < kTimesCost * cost_) return false;
  const bool is_worth_it = recorded - saved_ >= std::max(kFewestResults, saved_) && !has_failed_;
  return is_worth_it || age >= kInterval;
}

void Checkpoints::note_saved(std::size_t recorded, Clock::time_point begin, Clock::time_point end) {
  saved_ = recorded;
  ended_at_ = end;
  cost_ = end - begin;
  has_failed_ = false;
}

void Checkpoints::note_failed(Clock::time_point end) {
  ended_at_ = end;
  has_failed_ = true;
}

}  // namespace stage3::job
