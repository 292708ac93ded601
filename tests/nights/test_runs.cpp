// What a run does with its time, in virtual time: hours in milliseconds, and to the nanosecond.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <stage3/error.hpp>
#include <stage3/job.hpp>

#include "../shelly/shelly.hpp"
#include "../unit/rounds.hpp"
#include "fleet.hpp"
#include "world.hpp"

using namespace stage3;
using namespace std::chrono_literals;
using namespace stage3::nights;
using Span = World::Span;

namespace {

bool begins_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

/// A healthy Shelly with an update to offer, each answer of which takes `time`. It keeps the name
/// it is given.
World::Host healthy(unsigned index, Span time) {
  shelly::Device device;
  device.mac = mac_of(index);
  return {1ms, [device, time](const Call& call) mutable {
            const shelly::Answer answer = shelly::answer(device, shelly::rpc_of(call.target));
            return World::Answer{time, answer.status, answer.body};
          }};
}

/// Answers a ping and takes connections, and says nothing.
World::Host mute() {
  return {1ms, [](const Call&) { return World::Answer{}; }};
}

void put_fleet(World& world, unsigned count, const std::function<World::Host(unsigned)>& host) {
  for (unsigned i = 0; i < count; ++i)
    world.put(device(i).address, host(i));
}

/// When requests that begin so were sent.
std::vector<Span> times_of(const World& world, const std::string& target) {
  std::vector<Span> out;
  for (const World::Sent& sent : world.sent())
    if (begins_with(sent.target, target)) out.push_back(sent.at);
  return out;
}

/// A result and when it came.
struct Came {
  Span at;
  DeviceResult result;
};

/// Runs `devices` to the end in `world`, which may cancel it by `ret_runner`.
std::vector<Came> run_in(World& world, const Config& config, std::vector<Device> devices,
                         Runner** ret_runner = nullptr) {
  std::vector<Came> came;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    came.push_back({world.elapsed(), result});
  };
  Runner runner(config, callbacks, {}, world);
  if (ret_runner != nullptr) *ret_runner = &runner;
  runner.add(std::move(devices));
  runner.work();
  return came;
}

}  // namespace

TEST_CASE("updates of a night are a minute apart, each, and none is left out") {
  World world(1);
  put_fleet(world, 300, [](unsigned i) { return healthy(i, 20ms); });
  Config config = unlimited();
  config.ota.mode = OtaMode::check_and_update;
  config.ota.rate = 1.0 / 60;
  const auto came = run_in(world, config, fleet(300));
  const auto updates = times_of(world, shelly::kUpdate);
  REQUIRE(updates.size() == 300);
  for (std::size_t i = 1; i < updates.size(); ++i) {
    CHECK(updates[i] - updates[i - 1] >= 59s);
    CHECK(updates[i] - updates[i - 1] <= 61s);
  }
  CHECK(came.size() == 300);
  CHECK(std::all_of(came.begin(), came.end(), [](const Came& one) {
    return one.result.outcome == Outcome::ok && one.result.update_sent;
  }));
  CHECK(world.elapsed() > 299min - 1s);
}

TEST_CASE("no second holds more connections than the rate, in a fleet that takes minutes") {
  constexpr std::size_t kRate = 40;
  const unsigned kDevices = cut_to_one_in() == 1 ? 3000 : 600;
  World world(2);
  put_fleet(world, kDevices, [](unsigned i) { return healthy(i, 30ms); });
  Config config = unlimited();
  config.network.connect_rate = kRate;
  CHECK(run_in(world, config, fleet(kDevices)).size() == kDevices);
  const auto& sent = world.sent();
  REQUIRE(sent.size() == std::size_t{2} * kDevices);
  for (std::size_t i = kRate; i < sent.size(); ++i)
    CHECK(sent[i].at - sent[i - kRate].at >= 1s);
  // The rate is used, not only kept.
  CHECK(world.elapsed() < sent.size() / kRate * 1s * 1.05);
}

TEST_CASE("a silent host takes its ping and its reach, not a moment more, and no others' time") {
  World world(3);
  Config config = unlimited();
  config.concurrency = 10;
  config.timeouts.ping = 250ms;
  config.timeouts.reach = 1s;
  const auto came = run_in(world, config, fleet(100));
  REQUIRE(came.size() == 100);
  for (const Came& one : came)
    CHECK(one.result.outcome == Outcome::offline);
  for (std::size_t i = 0; i < came.size(); ++i)
    CHECK(came[i].at == (i / 10 + 1) * 1250ms);
}

TEST_CASE("one that answers its ping has the whole time of a call, twice") {
  World world(4);
  world.put(device(0).address, mute());
  Config config = unlimited();
  config.timeouts.rpc = 5s;
  const auto came = run_in(world, config, fleet(1));
  REQUIRE(came.size() == 1);
  CHECK(came[0].result.outcome == Outcome::offline);
  const auto asked = times_of(world, shelly::kInfo);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1] - asked[0] >= 5s);
  CHECK(came[0].at == asked[1] + 5s);
}

TEST_CASE("a cancel leaves 0.8 s to what is in flight, begins nothing, and tells of all") {
  World world(5);
  put_fleet(world, 40, [](unsigned i) { return healthy(i, i % 2 == 0 ? 700ms : 4s); });
  Config config = unlimited();
  config.concurrency = 10;
  config.ota.enabled = false;
  Runner* runner = nullptr;
  constexpr Span kCancel = 101ms;
  world.at(kCancel, [&] { runner->cancel(); });
  const auto came = run_in(world, config, fleet(40), &runner);
  REQUIRE(came.size() == 40);
  std::size_t ok = 0;
  std::size_t abandoned = 0;
  for (const Came& one : came) {
    ok += one.result.outcome == Outcome::ok;
    abandoned += one.result.outcome == Outcome::cancelled && one.at == kCancel + 800ms;
  }
  CHECK(ok == 5);
  CHECK(abandoned == 5);
  CHECK(world.sent().size() == 10);
  CHECK(world.elapsed() == kCancel + 800ms);
}

TEST_CASE("a crash at any time costs what ten seconds brought") {
  const int kSeconds = cut_to_one_in() == 1 ? 300 : 75;
  const unsigned kDevices = static_cast<unsigned>(kSeconds) * 4 / 3;
  const StateFile state(kDevices, "");
  World world(6);
  put_fleet(world, kDevices, [](unsigned i) { return healthy(i, 400ms); });
  Config config = unlimited();
  config.ip_state_file = state.path();
  config.concurrency = 1;
  std::vector<Span> came;
  JobCallbacks callbacks;
  callbacks.on_result = [&](const DeviceResult&) { came.push_back(world.elapsed()); };
  std::size_t looks = 0;
  std::size_t saves = 0;
  std::size_t saved_before = 0;
  for (int second = 1; second < kSeconds; ++second) {
    world.at(second * 1s, [&] {
      // A job looks twice a second whether a save is due.
      const auto old = std::count_if(came.begin(), came.end(),
                                     [&](Span time) { return world.elapsed() - time > 11s; });
      const std::size_t saved = state.count("\"ota_status\"");
      CHECK(saved >= static_cast<std::size_t>(old));
      saves += saved != saved_before;
      saved_before = saved;
      ++looks;
    });
  }
  Job job(config, callbacks, {}, world);
  job.run();
  CHECK(came.size() == kDevices);
  CHECK(state.count("\"ota_status\"") == kDevices);
  CHECK(looks + 1 == static_cast<std::size_t>(kSeconds));
  // Not more often than it must be, either.
  CHECK(saves <= static_cast<std::size_t>(kSeconds / 9));
  CHECK(saves >= static_cast<std::size_t>(kSeconds / 12));
}

TEST_CASE(
    "a disk that is full for a while holds changes for as long, and a full one ends the run") {
  constexpr unsigned kDevices = 120;
  Span full_for{};
  SUBCASE("two seconds") {
    full_for = 2s;
  }
  SUBCASE("for good") {
    full_for = 24h;
  }
  const StateFile state(kDevices, R"(, "friendly_name": "Neu")");
  World world(7);
  put_fleet(world, kDevices, [](unsigned i) { return healthy(i, 200ms); });
  Config config = unlimited();
  config.ip_state_file = state.path();
  config.concurrency = 1;
  config.ota.enabled = false;
  const Span full_at = 30s;
  world.at(full_at, [&] { world.set_disk_full(true); });
  world.at(full_at + full_for, [&] { world.set_disk_full(false); });
  std::optional<Span> noticed;
  JobCallbacks callbacks;
  callbacks.on_notice = [&](std::string_view) {
    if (!noticed) noticed = world.elapsed();
  };
  std::size_t results = 0;
  callbacks.on_result = [&](const DeviceResult&) { ++results; };
  Job job(config, callbacks, {}, world);
  const bool ends_well = full_for < 1h;
  if (ends_well)
    job.run();
  else
    CHECK_THROWS_AS(job.run(), Error);
  CHECK(results == kDevices);
  CHECK(job.is_stopped() == !ends_well);
  REQUIRE(noticed);
  CHECK(*noticed >= full_at);
  CHECK(*noticed <= full_at + 11s);
  // From the notice on nothing is changed until the disk takes it again.
  const auto writes = times_of(world, shelly::kSetName);
  const auto held = std::count_if(writes.begin(), writes.end(), [&](Span time) {
    return time > *noticed && time < full_at + full_for;
  });
  CHECK(held == 0);
  CHECK((writes.size() == kDevices) == ends_well);
  CHECK((world.elapsed() < *noticed + 15s) == !ends_well);
  CHECK((state.count("\"ota_status\"") == kDevices) == ends_well);
}

TEST_CASE("one seed is one night, request for request") {
  const unsigned kDevices = cut_to_one_in() == 1 ? 500 : 100;
  const auto night = [&](std::uint32_t seed) {
    World world(seed);
    std::mt19937 chance(seed);
    put_fleet(world, kDevices, [&](unsigned i) {
      const auto kind = chance() % 10;
      if (kind == 0) return mute();
      return healthy(i, std::chrono::milliseconds(chance() % 3000));
    });
    Config config = unlimited();
    config.ota.mode = OtaMode::check_and_update;
    config.ota.rate = 2;
    config.concurrency = 50;
    config.network.connect_rate = 100;
    run_in(world, config, fleet(kDevices));
    std::string history;
    for (const World::Sent& sent : world.sent())
      history +=
          std::to_string(sent.at.count()) + ' ' + sent.to.to_string() + ' ' + sent.target + '\n';
    return history;
  };
  const std::string first = night(7);
  CHECK(first.size() > std::size_t{100} * kDevices);
  CHECK(night(7) == first);
  CHECK(night(8) != first);
}
