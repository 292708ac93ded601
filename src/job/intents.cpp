#include "job/intents.hpp"

#include <algorithm>
#include <utility>

namespace stage3::job {
namespace {

using namespace std::chrono_literals;

constexpr Clock::duration kShortest = 1s;
constexpr Clock::duration kLongest = 10s;
constexpr int kTimesSaving = 10;

}  // namespace

void Intents::add(const std::string& key, const UpdateRecord& before, UpdateRecorder::Done done) {
  unsent_[key] = before;
  waiting_.push_back({key, std::move(done)});
}

bool Intents::may_leave(const std::string& key) noexcept {
  if (is_closed_) return false;
  unsent_.erase(key);
  return true;
}

bool Intents::is_due(Clock::time_point now) const {
  return !waiting_.empty() && now >= next_save_;
}

std::list<Intents::Intent> Intents::take() noexcept {
  std::list<Intent> taken;
  taken.swap(waiting_);
  return taken;
}

void Intents::put_back(std::list<Intent>& intents) noexcept {
  waiting_.splice(waiting_.begin(), intents);
}

void Intents::note_saved(Clock::time_point begin, Clock::time_point end) {
  interval_ = std::clamp(kTimesSaving * (end - begin), kShortest, kLongest);
  next_save_ = begin + interval_;
}

}  // namespace stage3::job
