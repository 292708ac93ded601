// Worker: one loop, its descriptor, and what leaves it.

#include <doctest/doctest.h>
#include <poll.h>
#include <stage3/error.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr int kForLong = std::chrono::milliseconds(kPatience).count();

bool is_readable(const Worker& worker, int milliseconds) {
  pollfd polled{worker.fd(), POLLIN, 0};
  return poll(&polled, 1, milliseconds) == 1;
}

/// Drives a worker as a foreign loop does; false: it stalled.
bool drive(Worker& worker) {
  const auto end = Clock::now() + kPatience;
  while (Clock::now() < end) {
    if (worker.step() == 0) return true;
    if (!is_readable(worker, kForLong)) return false;
  }
  return false;
}

/// An entry that cannot be used: told without being asked.
Device defective(std::size_t index) {
  Device device;
  device.key = std::to_string(index);
  device.defect = "no address";
  return device;
}

/// Steps until the descriptor is quiet; false: it never is.
bool settles(Worker& worker) {
  for (int i = 0; i < 100; ++i) {
    worker.step();
    if (!is_readable(worker, 5)) return true;
  }
  return false;
}

Errc code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::invalid_argument;
}

}  // namespace

TEST_CASE("a foreign loop needs the descriptor only") {
  constexpr std::size_t kDevices = 50;
  TinyServer server(healthy, kDevices);
  Results results;
  Runner runner(quick(), results.callbacks());
  Worker worker(runner);
  runner.add(fleet(server, kDevices));
  CHECK(is_readable(worker, 0));
  CHECK(drive(worker));
  CHECK(results.count_told_once() == kDevices);
}

TEST_CASE("timers reach the foreign loop") {
  TinyServer server(silent);
  Config config = quick();
  config.timeouts.rpc = 30ms;
  config.timeouts.reach = 30ms;
  Results results;
  Runner runner(config, results.callbacks());
  Worker worker(runner);
  runner.add(device_at(server, 0));
  CHECK(drive(worker));
  CHECK(results.count(Outcome::offline) == 1);
}

TEST_CASE("a device that cannot be connected to at all wakes the foreign loop") {
  Results results;
  Runner runner(quick(), results.callbacks());
  Worker worker(runner);
  Device device;
  device.key = "A8032A000001";
  device.mac = *Mac::parse(device.key);
  device.address = *Address::parse("127.255.255.255");  // broadcast: connect() refuses at once
  runner.add(device);
  CHECK(drive(worker));
  CHECK(results.count(Outcome::offline) == 1);
}

TEST_CASE("an idle worker is quiet, and add() wakes it") {
  TinyServer server(healthy, 2);
  Runner runner(quick(), {});
  Worker worker(runner);
  CHECK(settles(worker));
  CHECK(worker.step() == 0);
  runner.add(device_at(server, 0));
  CHECK(is_readable(worker, 0));
  CHECK(drive(worker));
  CHECK(settles(worker));
  runner.add(device_at(server, 1));
  CHECK(is_readable(worker, 0));
  worker.run();
  worker.run();
  CHECK(runner.summary().ok == 2);
}

TEST_CASE("a waiting step is woken from another thread") {
  TinyServer server(healthy);
  Runner runner(quick(), {});
  Worker worker(runner);
  CHECK(settles(worker));
  std::thread adder([&] { runner.add(device_at(server, 0)); });
  const auto begin = Clock::now();
  worker.step(10 * kPatience);
  CHECK(Clock::now() - begin < kPatience);
  adder.join();
  worker.run();
  CHECK(runner.summary().ok == 1);
}

TEST_CASE("a step waits no longer than it may") {
  TinyServer server(silent);
  Runner runner(quick(), {});
  Worker worker(runner);
  runner.add(device_at(server, 0));
  CHECK(settles(worker));
  const auto begin = Clock::now();
  CHECK(worker.step(20ms) == 1);
  CHECK(worker.step(-1ms) == 1);
  CHECK(Clock::now() - begin < kPatience);
}

TEST_CASE("a step ends soon after its time") {
  constexpr std::size_t kDevices = 40;
  std::size_t told = 0;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult&) {
    std::this_thread::sleep_for(1ms);
    ++told;
  };
  for (const bool cancelled : {false, true}) {
    Runner many(quick(), callbacks);
    for (std::size_t i = 0; i < kDevices; ++i)
      many.add(defective(i));
    if (cancelled) many.cancel();
    Worker worker(many);
    told = 0;
    while (told < kDevices) {
      const std::size_t before = told;
      worker.step();
      CHECK(told - before <= 2);
      if (told < kDevices) REQUIRE(is_readable(worker, kForLong));
    }
  }
}

TEST_CASE("a step does a bounded number of things, however quick they are") {
  constexpr std::size_t kDevices = 200;
  std::size_t told = 0;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult&) { ++told; };
  Runner many(quick(), callbacks);
  for (std::size_t i = 0; i < kDevices; ++i)
    many.add(defective(i));
  Worker worker(many);
  while (told < kDevices) {
    const std::size_t before = told;
    worker.step();
    CHECK(told - before <= 64);
    if (told < kDevices) REQUIRE(is_readable(worker, kForLong));
  }
}

TEST_CASE("inside a callback nothing can be driven") {
  TinyServer server(healthy, 2);
  Runner* self = nullptr;
  Worker* driver = nullptr;
  int checks = 0;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult&) {
    CHECK(code_of([&] { driver->step(); }) == Errc::reentrant);
    CHECK(code_of([&] { driver->run(); }) == Errc::reentrant);
    CHECK(code_of([&] { self->work(); }) == Errc::reentrant);
    ++checks;
  };
  Runner runner(quick(), callbacks);
  Worker worker(runner);
  self = &runner;
  driver = &worker;
  runner.add(fleet(server, 2));
  worker.run();
  CHECK(checks == 2);
  CHECK(runner.summary().ok == 2);
}

TEST_CASE("an exception of on_result leaves the step, and everybody is told all the same") {
  constexpr std::size_t kDevices = 30;
  TinyServer server(healthy, kDevices);
  Results results;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    if (results.all().size() == 1) throw std::runtime_error("mine");
  };
  Config config = quick();
  config.concurrency = 4;
  Runner runner(config, callbacks);
  runner.add(fleet(server, kDevices));
  Worker worker(runner);
  CHECK_THROWS_WITH_AS(worker.run(), "mine", std::runtime_error);
  CHECK(runner.cancelled());
  CHECK(drive(worker));
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::cancelled) >= kDevices - 10);
}

TEST_CASE("exceptions of the other callbacks leave the step as well") {
  TinyServer server(
      [](const Asked& asked) {
        if (asked.target == kInfo) return healthy(asked);
        return asked.host == 0 ? http(401, "") : healthy(asked);
      },
      2);
  const auto check = [&](Callbacks callbacks, std::size_t host) {
    Results results;
    callbacks.on_result = [&](const DeviceResult& result) { results.take(result); };
    Config config = quick();
    config.ota.mode = OtaMode::check_and_update;
    Runner runner(config, callbacks);
    runner.add(device_at(server, host));
    Worker worker(runner);
    CHECK_THROWS_WITH_AS(worker.run(), "mine", std::runtime_error);
    CHECK(runner.cancelled());
    CHECK(drive(worker));
    CHECK(results.all().size() == 1);
    CHECK(results.count(Outcome::cancelled) == 1);
  };
  Callbacks password;
  password.password_source = [](const Mac&, std::string_view) -> std::optional<std::string> {
    throw std::runtime_error("mine");
  };
  check(password, 0);
  Callbacks permit;
  permit.on_permit = [](const Device&, const std::string&) -> bool {
    throw std::runtime_error("mine");
  };
  check(permit, 1);
  Callbacks event;
  event.on_event = [](DeviceEvent, const Device&) { throw std::runtime_error("mine"); };
  check(event, 1);
}

TEST_CASE("an exception on one thread ends the work of the others") {
  constexpr std::size_t kDevices = 40;
  TinyServer server(
      [](const Asked& asked) { return asked.host < 20 ? silent(asked) : healthy(asked); },
      kDevices);
  std::atomic<bool> thrown{false};
  Results results;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    if (!thrown.exchange(true)) throw std::runtime_error("mine");
  };
  Config config = quick();
  config.concurrency = 30;
  Runner runner(config, callbacks);
  runner.add(fleet(server, kDevices));
  std::vector<std::thread> threads;
  std::atomic<int> caught{0};
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      try {
        runner.work();
      } catch (const std::runtime_error&) {
        ++caught;
      }
    });
  const auto begin = Clock::now();
  for (std::thread& thread : threads)
    thread.join();
  CHECK(caught == 1);
  CHECK(Clock::now() - begin < kPatience);
  // Those of the thread that went away are told to nobody; nobody is told twice.
  CHECK(results.count_told_once() == results.all().size());
  CHECK(runner.summary().reported() == kDevices);
}

TEST_CASE("a worker that goes in mid-run leaves the rest to the next one") {
  constexpr std::size_t kDevices = 20;
  std::atomic<bool> awake{false};
  TinyServer server([&](const Asked& asked) { return awake ? healthy(asked) : silent(asked); },
                    kDevices);
  Results results;
  Config config = quick();
  config.concurrency = 4;
  Runner runner(config, results.callbacks());
  runner.add(fleet(server, kDevices));
  {
    Worker worker(runner);
    CHECK(step_until(worker, [&] { return server.asked().size() == 4; }));
  }
  CHECK(results.all().empty());
  CHECK(runner.summary().cancelled == 4);
  awake = true;
  runner.work();
  CHECK(results.count_told_once() == kDevices - 4);
  CHECK(runner.summary().reported() == kDevices);
}

TEST_CASE("a worker that goes gives its slots to those that stay") {
  constexpr std::size_t kDevices = 12;
  std::atomic<bool> awake{false};
  TinyServer server([&](const Asked& asked) { return awake ? healthy(asked) : silent(asked); },
                    kDevices);
  Results results;
  Config config = quick();
  config.concurrency = 4;
  Runner runner(config, results.callbacks());
  auto worker = std::make_unique<Worker>(runner);
  runner.add(fleet(server, kDevices));
  CHECK(step_until(*worker, [&] { return server.asked().size() == 4; }));
  server.settle();
  std::thread other([&] { runner.work(); });
  std::this_thread::sleep_for(50ms);
  awake = true;
  worker.reset();
  other.join();
  CHECK(results.count_told_once() == kDevices - 4);
}

TEST_CASE("a runner that goes before its work was begun tells nobody") {
  TinyServer server(healthy);
  Results results;
  {
    Runner runner(quick(), results.callbacks());
    runner.add(device_at(server, 0));
  }
  CHECK(results.all().empty());
}
