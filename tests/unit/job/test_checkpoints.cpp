#include <doctest/doctest.h>

#include <initializer_list>

#include "job/checkpoints.hpp"

using namespace std::chrono_literals;
using stage3::job::Checkpoints;
using Clock = Checkpoints::Clock;

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
  CHECK_FALSE(checkpoints.is_due(1, true, kStart + 9s));
  CHECK(checkpoints.is_due(1, true, kStart + 10s));
  checkpoints.note_saved(1, kStart, kStart);
  CHECK_FALSE(checkpoints.is_due(1, true, kStart + 1h));
}

TEST_CASE("what has failed is tried again by time, not by number") {
  Checkpoints checkpoints(kStart);
  checkpoints.note_failed(kStart);
  CHECK_FALSE(is_due(checkpoints, 100000, 9s));
  CHECK(is_due(checkpoints, 100000, 10s));
}
