#include "rollout/sent_updates.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

using namespace stage3;
using namespace std::chrono_literals;
using rollout::SentUpdates;

namespace {

Device device_with(const std::string& mac, const std::string& alias = {}) {
  Device out;
  out.mac = *Mac::parse(mac);
  if (!alias.empty()) out.aliases.push_back(*Mac::parse(alias));
  return out;
}

const Device kFirst = device_with("A8032A000001");
const auto kStart = Clock::time_point() + 1h;

}  // namespace

TEST_CASE("one update a round, whatever its version") {
  SentUpdates sent;
  CHECK_FALSE(sent.forbid(kFirst, "1.7.5", 1, kStart));
  sent.note(kFirst, "1.7.5", 1, kStart);
  CHECK(sent.forbid(kFirst, "1.7.5", 1, kStart));
  CHECK(sent.forbid(kFirst, "1.8.0", 1, kStart + 3h));
  CHECK_FALSE(sent.forbid(device_with("A8032A000002"), "1.7.5", 1, kStart));
  // A round without an end.
  CHECK_FALSE(sent.forbid(kFirst, "1.8.0", 1, kStart + 24h));
}

TEST_CASE("in later rounds not the same version for ten minutes") {
  SentUpdates sent;
  sent.note(kFirst, "1.3.3", 1, kStart);
  CHECK(sent.forbid(kFirst, "1.3.3", 2, kStart + 9min));
  CHECK_FALSE(sent.forbid(kFirst, "1.3.3", 2, kStart + 10min));
  // What it is offered once it has taken the step.
  CHECK_FALSE(sent.forbid(kFirst, "1.7.5", 2, kStart + 3min));
}

TEST_CASE("a device is known by all its MACs") {
  SentUpdates sent;
  sent.note(device_with("A8032A000001", "A8032A000004"), "1.7.5", 1, kStart);
  CHECK(sent.forbid(device_with("A8032A000004"), "1.7.5", 1, kStart));
  CHECK(sent.forbid(device_with("A8032A000007", "A8032A000001"), "1.7.5", 1, kStart));
  CHECK(sent.forbid(device_with("A8032A000007", "A8032A000004"), "1.7.5", 1, kStart));
  CHECK_FALSE(sent.forbid(device_with("A8032A000007"), "1.7.5", 1, kStart));
}

TEST_CASE("what counts no more is forgotten") {
  SentUpdates sent;
  auto now = kStart;
  std::size_t most = 0;
  for (unsigned i = 0; i < 10000; ++i) {
    char mac[32];
    std::snprintf(mac, sizeof mac, "A8032A%06X", i);
    sent.note(device_with(mac), "1.7.5", i, now);
    now += 6s;
    most = std::max(most, sent.size());
  }
  // A hundred of them count at a time.
  CHECK(most <= 256);
}

TEST_CASE("what was noted in a round is of that round only, for a day at most") {
  SentUpdates noted;
  CHECK_FALSE(noted.is_of_round(kFirst, 1, kStart));
  noted.note(kFirst, {}, 1, kStart);
  CHECK(noted.is_of_round(kFirst, 1, kStart + 23h));
  CHECK(noted.is_of_round(device_with("A8032A000002", "A8032A000001"), 1, kStart));
  CHECK_FALSE(noted.is_of_round(device_with("A8032A000002"), 1, kStart));
  CHECK_FALSE(noted.is_of_round(kFirst, 1, kStart + 24h));
  CHECK_FALSE(noted.is_of_round(kFirst, 2, kStart));
}
