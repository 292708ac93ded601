#include "rollout/pacer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "../rounds.hpp"

using namespace std::chrono_literals;
using stage3::Clock;
using stage3::rollout::Pacer;

namespace {

/// The times that `count` asks at once get, after `now`.
std::vector<Clock::duration> reserve(Pacer& pacer, Clock::time_point now, int count) {
  std::vector<Clock::duration> out;
  for (int i = 0; i < count; ++i)
    out.push_back(pacer.reserve(now) - now);
  return out;
}

}  // namespace

TEST_CASE("no limit is no wait") {
  Pacer pacer(0, 1);
  for (const auto wait : reserve(pacer, Clock::now(), 1000))
    CHECK(wait == 0ns);
}

TEST_CASE("without a burst each comes an interval after the one before") {
  Pacer pacer(4, 1);
  const auto waits = reserve(pacer, Clock::now(), 5);
  for (int i = 0; i < 5; ++i)
    CHECK(waits[static_cast<std::size_t>(i)] == i * 250ms);
}

TEST_CASE("a burst goes at once, then the rate holds") {
  Pacer pacer(100, 10);
  const auto waits = reserve(pacer, Clock::now(), 30);
  CHECK(std::count(waits.begin(), waits.end(), 0ns) == 10);
  CHECK(std::count(waits.begin(), waits.end(), 100ms) == 10);
  CHECK(std::count(waits.begin(), waits.end(), 200ms) == 10);
}

TEST_CASE("no second holds more than the rate, however the asks come") {
  Pacer pacer(50, 1000);
  const auto begin = Clock::now();
  std::vector<Clock::time_point> times;
  for (int i = 0; i < 400; ++i)
    times.push_back(pacer.reserve(begin + i * 7ms));
  for (std::size_t i = 0; i + 50 < times.size(); ++i)
    CHECK(times[i + 50] - times[i] >= 1s);
  CHECK(std::is_sorted(times.begin(), times.end()));
}

TEST_CASE("a rest does not save up more than a burst") {
  Pacer pacer(10, 2);
  const auto begin = Clock::now();
  reserve(pacer, begin, 2);
  const auto waits = reserve(pacer, begin + 1h, 4);
  CHECK(std::count(waits.begin(), waits.end(), 0ns) == 2);
}

TEST_CASE("rates below one and beyond all measure") {
  Pacer slow(0.5, 1000);
  const auto waits = reserve(slow, Clock::now(), 3);
  CHECK(waits[0] == 0ns);
  CHECK(waits[1] == 2s);
  CHECK(waits[2] == 4s);
  Pacer fast(1e6, 1000);
  CHECK(reserve(fast, Clock::now(), 5000).back() < 10ms);
}

TEST_CASE("a rate too slow for the clock is not the fastest one") {
  for (const double rate : {1e-5, 1e-10, 1e-300, 5e-324}) {
    CAPTURE(rate);
    Pacer pacer(rate, 1);
    const auto begin = Clock::now();
    CHECK(pacer.reserve(begin) == begin);
    CHECK(pacer.count_free(begin) == 0);
    auto last = begin;
    for (int i = 0; i < rounds(200'000); ++i) {
      const auto time = pacer.reserve(begin);
      REQUIRE(time >= last);
      last = time;
    }
    CHECK(last - begin > 24h);
    CHECK(pacer.next_turn() > begin + 24h);
    CHECK(pacer.count_free(begin) == 0);
  }
}

TEST_CASE("free turns are counted") {
  Pacer pacer(10, 4);
  const auto begin = Clock::now();
  CHECK(pacer.count_free(begin) == 4);
  CHECK(pacer.next_turn() <= begin);
  reserve(pacer, begin, 3);
  CHECK(pacer.count_free(begin) == 1);
  reserve(pacer, begin, 2);
  CHECK(pacer.count_free(begin) == 0);
  CHECK(pacer.next_turn() == begin + 400ms);
  CHECK(pacer.count_free(begin + 399ms) == 0);
  CHECK(pacer.count_free(begin + 400ms) == 3);
  CHECK(pacer.count_free(begin + 1s) == 4);
}

TEST_CASE("without a limit turns are always free") {
  Pacer pacer(0, 1);
  reserve(pacer, Clock::now(), 1000);
  CHECK(pacer.count_free(Clock::now()) > 1'000'000);
  CHECK(pacer.next_turn() <= Clock::now());
}
