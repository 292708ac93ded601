#include "job/intents.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace stage3::job {
namespace {

using namespace std::chrono_literals;

constexpr Clock::duration kShortest = 1s;
constexpr Clock::duration kLongest = 10s;
constexpr int kTimesCost = 10;

}  // namespace

void Intents::add(const std::string& key, UpdateRecorder::Done done) {
  waiting_.push_back({key, std::move(done)});
}

bool Intents::is_due(Clock::time_point now) const {
  return !waiting_.empty() && now >= next_save_;
}

std::vector<Intents::Intent> Intents::take() {
  return std::exchange(waiting_, {});
}

void Intents::put_back(std::vector<Intent> intents) {
  waiting_.insert(waiting_.begin(), std::make_move_iterator(intents.begin()),
                  std::make_move_iterator(intents.end()));
}

void Intents::note_saved(Clock::time_point begin, Clock::time_point end) {
  interval_ = std::clamp(kTimesCost * (end - begin), kShortest, kLongest);
  next_save_ = begin + interval_;
}

}  // namespace stage3::job
