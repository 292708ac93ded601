// Changes held back: nothing is written to a device until they are held no longer.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

bool is_write(const Asked& asked) {
  return shelly::writes(shelly::rpc_of(asked.target));
}

std::size_t count_writes(const TinyServer& server) {
  const std::vector<Asked> asked = server.asked();
  return static_cast<std::size_t>(std::count_if(asked.begin(), asked.end(), is_write));
}

std::vector<Device> wanting_names(const TinyServer& server, std::size_t count) {
  std::vector<Device> devices = fleet(server, count);
  for (Device& device : devices)
    device.wanted_name = {WantedName::Kind::text, "Neu"};
  return devices;
}

/// Threads that work on a run, step by step.
class Crew {
 public:
  Crew(Runner& runner, int threads) : steps_(static_cast<std::size_t>(threads)) {
    for (std::atomic<int>& steps : steps_)
      threads_.emplace_back([this, &runner, &steps] {
        Worker worker(runner);
        while (worker.step(5ms) > 0 || !is_over_)
          ++steps;
      });
  }

  /// Returns once each has come round often enough to have done all that it can.
  void let_step() {
    for (const std::atomic<int>& steps : steps_)
      CHECK(wait_until([&, end = steps + 20] { return steps >= end; }));
  }

  void finish() {
    is_over_ = true;
    for (std::thread& thread : threads_)
      thread.join();
  }

 private:
  std::vector<std::atomic<int>> steps_;
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> threads_;
};

/// Holds changes as soon as a request for `target` comes in.
class HoldingServer {
 public:
  HoldingServer(std::string target, std::size_t hosts)
      : target_(std::move(target)),
        server_([this](const Asked& asked) { return answer(asked); }, hosts) {}

  void hold(Runner& runner) { runner_ = &runner; }
  TinyServer& server() { return server_; }

 private:
  Sends answer(const Asked& asked) {
    if (asked.target == target_) {
      if (Runner* runner = runner_.exchange(nullptr)) runner->hold_changes(true);
    }
    return device_(asked);
  }

  const std::string target_;
  Nameable device_;
  std::atomic<Runner*> runner_{nullptr};
  TinyServer server_;
};

}  // namespace

TEST_CASE("changes held before the run: nobody is asked until they are not") {
  constexpr std::size_t kDevices = 10;
  TinyServer server(Nameable(), kDevices);
  Results results;
  Runner runner(updating(), results.callbacks());
  runner.hold_changes(true);
  runner.add(wanting_names(server, kDevices));
  std::thread worker([&] { runner.work(); });
  std::this_thread::sleep_for(100ms);
  CHECK(server.asked().empty());
  runner.hold_changes(false);
  worker.join();
  CHECK(results.count(Outcome::ok) == kDevices);
  CHECK(runner.summary().updates == kDevices);
}

TEST_CASE("who is about to write waits, and is asked again who it is") {
  constexpr std::size_t kDevices = 8;
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    HoldingServer holding(kInfo, kDevices);
    TinyServer& server = holding.server();
    Config config = quick();
    config.ota.enabled = false;
    Results results;
    Runner runner(config, results.callbacks());
    holding.hold(runner);
    runner.add(wanting_names(server, kDevices));
    Crew crew(runner, threads);
    CHECK(wait_until([&] { return server.count(kInfo) >= 1; }));
    server.settle();
    crew.let_step();
    CHECK(count_writes(server) == 0);
    runner.hold_changes(false);
    crew.finish();
    CHECK(results.count_told_once() == kDevices);
    CHECK(results.count(Outcome::ok) == kDevices);
    CHECK(count_writes(server) == kDevices);
    // Each reads its name back; those that waited were asked once more before.
    CHECK(server.count(kInfo) > 2 * kDevices);
  }
}

TEST_CASE("a run that is cancelled while changes are held writes nothing and tells everybody") {
  constexpr std::size_t kDevices = 8;
  HoldingServer holding(kInfo, kDevices);
  TinyServer& server = holding.server();
  Results results;
  Config config = updating();
  config.concurrency = 4;
  Runner runner(config, results.callbacks());
  holding.hold(runner);
  runner.add(wanting_names(server, kDevices));
  std::thread worker([&] { runner.work(); });
  CHECK(wait_until([&] { return server.count(kInfo) >= 1; }));
  server.settle();
  std::this_thread::sleep_for(50ms);
  const auto begin = Clock::now();
  runner.cancel();
  worker.join();
  CHECK(Clock::now() - begin < kPatience);
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::cancelled) == kDevices);
  CHECK(count_writes(server) == 0);
}

TEST_CASE("an update waits; cancelled meanwhile it is held, and the rest of the result is known") {
  constexpr std::size_t kDevices = 4;
  HoldingServer holding(kCheck, kDevices);
  TinyServer& server = holding.server();
  Results results;
  Config config = updating();
  config.concurrency = 1;
  Runner runner(config, results.callbacks());
  holding.hold(runner);
  runner.add(fleet(server, kDevices));
  std::thread worker([&] { runner.work(); });
  CHECK(wait_until([&] { return server.count(kCheck) == 1; }));
  server.settle();
  std::this_thread::sleep_for(50ms);
  runner.cancel();
  worker.join();
  CHECK(count_writes(server) == 0);
  CHECK(results.count(Outcome::ok) == 1);
  CHECK(results.count(Outcome::cancelled) == kDevices - 1);
  CHECK(runner.summary().held == 1);
}

TEST_CASE("updates that were held together do not start together") {
  constexpr std::size_t kDevices = 6;
  TinyServer server(Nameable(), kDevices);
  Results results;
  Config config = updating();
  config.ota.rate = 20;
  Runner* self = nullptr;
  std::atomic<std::size_t> permits{0};
  Callbacks callbacks = results.callbacks();
  callbacks.on_permit = [&](const Device&, const std::string&) {
    self->hold_changes(true);
    ++permits;
    return true;
  };
  Runner runner(config, callbacks);
  self = &runner;
  runner.add(fleet(server, kDevices));
  std::thread worker([&] { runner.work(); });
  // Long enough for all to have had their turn.
  CHECK(wait_until([&] { return permits == kDevices; }));
  std::this_thread::sleep_for(kDevices * 50ms);
  CHECK(count_writes(server) == 0);
  const auto begin = Clock::now();
  runner.hold_changes(false);
  worker.join();
  CHECK(Clock::now() - begin >= (kDevices - 1) * 50ms);
  CHECK(runner.summary().updates == kDevices);
}

TEST_CASE("holding changes costs a waiting worker no time") {
  TinyServer server(Nameable(), 2);
  Results results;
  Runner runner(updating(), results.callbacks());
  Worker worker(runner);
  runner.add(wanting_names(server, 2));
  while (server.count(kInfo) == 0)
    worker.step(1ms);
  runner.hold_changes(true);
  std::size_t steps = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < 300ms) {
    worker.step(100ms);
    ++steps;
  }
  CHECK(steps < 50);
  runner.hold_changes(false);
  worker.run();
  CHECK(results.count(Outcome::ok) == 2);
}

TEST_CASE("a device that waits with what it writes can be taken back meanwhile") {
  HoldingServer holding(kInfo, 2);
  TinyServer& server = holding.server();
  Config config = quick();
  config.concurrency = 1;
  Results results;
  Runner runner(config, results.callbacks());
  holding.hold(runner);
  runner.add(wanting_names(server, 2));
  std::thread worker([&] { runner.work(); });
  CHECK(wait_until([&] { return server.count(kInfo) == 1; }));
  server.settle();
  std::this_thread::sleep_for(50ms);
  for (std::size_t host = 0; host < 2; ++host)
    runner.remove(*Mac::parse(mac_of(host)));
  worker.join();
  CHECK(results.count(Outcome::cancelled) == 2);
  CHECK(count_writes(server) == 0);
}

TEST_CASE("a name that was written is known although the update behind it is held for good") {
  // Changes are held when the device is looked at again before its update.
  std::atomic<int> looks{0};
  Runner* self = nullptr;
  Nameable device;
  TinyServer server([&](const Asked& asked) {
    if (asked.target == kInfo && ++looks == 3) self->hold_changes(true);
    return device(asked);
  });
  Results results;
  Runner runner(updating(), results.callbacks());
  self = &runner;
  runner.add(wanting_names(server, 1));
  std::thread worker([&] { runner.work(); });
  CHECK(wait_until([&] { return looks == 3; }));
  server.settle();
  std::this_thread::sleep_for(50ms);
  runner.cancel();
  worker.join();
  CHECK(count_writes(server) == 1);
  REQUIRE(results.count(Outcome::ok) == 1);
  CHECK(results.all().front().device_name == "Neu");
  CHECK(runner.summary().held == 1);
}
