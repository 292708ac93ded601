#include <doctest/doctest.h>

#include <initializer_list>

#include "job/checkpoints.hpp"

using namespace std::chrono_literals;
using stage3::Clock;
using stage3::job::Checkpoints;
using State = Checkpoints::State;

namespace {

constexpr Clock::time_point kStart{};

bool is_due(const Checkpoints& checkpoints, std::size_t recorded, Clock::duration after) {
  return checkpoints.is_due(recorded, false, kStart + after);
}

}  // namespace

TEST_CASE("the first checkpoint comes with 500 results, or after ten seconds") {
  const Checkpoints checkpoints(kStart);
  CHECK_FALSE(is_due(checkpoints, 0, 1h));
  CHECK_FALSE(is_due(checkpoints, 499, 9999ms));
  CHECK(is_due(checkpoints, 500, 0ms));
  CHECK(is_due(checkpoints, 1, 10s));
}

TEST_CASE("by number, later ones come when what was saved has doubled") {
  Checkpoints checkpoints(kStart);
  checkpoints.note_saved(2000, kStart, kStart + 1ms);
  CHECK_FALSE(is_due(checkpoints, 3999, 5s));
  CHECK(is_due(checkpoints, 4000, 5s));
}

TEST_CASE("all saves of a fleet write a few times its file") {
  for (const std::size_t fleet : {1000u, 40000u, 1000000u}) {
    Checkpoints checkpoints(kStart);
    std::size_t saves = 0;
    for (std::size_t recorded = 1; recorded <= fleet; ++recorded) {
      if (!checkpoints.is_due(recorded, false, kStart)) continue;
      checkpoints.note_saved(recorded, kStart, kStart);
      ++saves;
    }
    CHECK(saves <= 12);
    CHECK(saves >= 1);
  }
}

TEST_CASE("a file that is slow to save takes a tenth of the time at most") {
  Checkpoints checkpoints(kStart);
  checkpoints.note_saved(500, kStart, kStart + 3s);
  CHECK_FALSE(is_due(checkpoints, 5000, 32999ms));
  CHECK(is_due(checkpoints, 5000, 33s));
}

TEST_CASE("once all have come it is time, unless that has failed a moment ago") {
  Checkpoints checkpoints(kStart);
  CHECK(checkpoints.is_due(1, true, kStart));
  checkpoints.note_failed(kStart);
  CHECK_FALSE(checkpoints.is_due(1, true, kStart + 999ms));
  CHECK(checkpoints.is_due(1, true, kStart + 1s));
  checkpoints.note_saved(1, kStart, kStart);
  CHECK_FALSE(checkpoints.is_due(1, true, kStart + 1h));
}

TEST_CASE("what has failed is tried three times more while changes are held, then it is given up") {
  Checkpoints checkpoints(kStart);
  Clock::time_point now = kStart;
  for (const auto pause : {1s, 2s, 4s}) {
    checkpoints.note_failed(now);
    CHECK(checkpoints.state() == State::held);
    CHECK_FALSE(checkpoints.is_look_due(now + 1h));
    CHECK_FALSE(checkpoints.is_due(100000, false, now + pause - 1ms));
    now += pause;
    CHECK(checkpoints.is_due(0, false, now));
  }
  checkpoints.note_failed(now);
  CHECK(checkpoints.state() == State::given_up);
  CHECK_FALSE(checkpoints.is_due(100000, true, now + 1h));
  CHECK_FALSE(checkpoints.is_look_due(now + 1h));
}

TEST_CASE("a save that succeeds in the end lets the run go on, with all its patience") {
  Checkpoints checkpoints(kStart);
  for (int i = 0; i < 5; ++i) {
    for (int failures = 0; failures < 3; ++failures)
      checkpoints.note_failed(kStart);
    CHECK(checkpoints.state() == State::held);
    checkpoints.note_saved(1, kStart, kStart);
    CHECK(checkpoints.state() == State::going_on);
  }
}

TEST_CASE("a look that finds something holds changes and has a save tell at once") {
  Checkpoints checkpoints(kStart);
  CHECK_FALSE(checkpoints.is_look_due(kStart + 199ms));
  CHECK(checkpoints.is_look_due(kStart + 200ms));
  checkpoints.note_looked(true, kStart + 200ms);
  CHECK(checkpoints.state() == State::going_on);
  CHECK_FALSE(is_due(checkpoints, 1, 200ms));
  CHECK_FALSE(checkpoints.is_look_due(kStart + 399ms));
  checkpoints.note_looked(false, kStart + 400ms);
  CHECK(checkpoints.state() == State::held);
  CHECK(is_due(checkpoints, 0, 400ms));
  checkpoints.note_saved(0, kStart + 400ms, kStart + 400ms);
  CHECK(checkpoints.state() == State::going_on);
}

TEST_CASE("looking takes no time from a file that is slow to save") {
  Checkpoints checkpoints(kStart);
  checkpoints.note_saved(500, kStart, kStart + 2s);
  CHECK_FALSE(checkpoints.is_look_due(kStart + 21999ms));
  CHECK(checkpoints.is_look_due(kStart + 22s));
}

TEST_CASE("a look that was wrong is taken half as often from then on, one that was right is not") {
  Checkpoints checkpoints(kStart);
  Clock::time_point now = kStart;
  for (const auto interval : {200ms, 400ms, 800ms}) {
    CHECK_FALSE(checkpoints.is_look_due(now + interval - 1ms));
    now += interval;
    CHECK(checkpoints.is_look_due(now));
    checkpoints.note_looked(false, now);
    checkpoints.note_saved(0, now, now);
  }
  checkpoints.note_looked(false, now);
  checkpoints.note_failed(now);
  checkpoints.note_saved(0, now, now);
  CHECK(checkpoints.is_look_due(now + 1600ms));
}

TEST_CASE("what says nothing about the file is tried again by time, and holds nothing back") {
  Checkpoints checkpoints(kStart);
  checkpoints.note_looked(false, kStart);
  checkpoints.note_postponed(kStart);
  CHECK(checkpoints.state() == Checkpoints::State::going_on);
  CHECK_FALSE(is_due(checkpoints, 1, 9s));
  CHECK(is_due(checkpoints, 1, 10s));
  checkpoints.note_failed(kStart);
  checkpoints.note_postponed(kStart);
  CHECK(checkpoints.state() == Checkpoints::State::held);
}
