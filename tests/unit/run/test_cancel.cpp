#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

Runner* to_cancel = nullptr;

extern "C" void cancel_on_signal(int) {
  to_cancel->cancel();
}

}  // namespace

TEST_CASE("cancelled before it began: everybody is told at once, nobody is asked") {
  constexpr std::size_t kDevices = 1000;
  TinyServer server(healthy);
  Results results;
  Runner runner(quick(), results.callbacks());
  for (std::size_t i = 0; i < kDevices; ++i) {
    Device device = device_at(server, 0);
    device.key = std::to_string(i);
    runner.add(device);
  }
  runner.cancel();
  runner.cancel();
  CHECK(runner.cancelled());
  runner.work();
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::cancelled) == kDevices);
  CHECK(runner.summary().cancelled == kDevices);
  CHECK(server.asked().empty());
  for (const DeviceResult& result : results.all()) {
    CHECK_FALSE(result.ota_status);
    CHECK_FALSE(result.friendly_status);
  }
}

TEST_CASE("cancelled from inside a callback") {
  constexpr std::size_t kDevices = 40;
  TinyServer server(healthy, kDevices);
  Results results;
  Runner* self = nullptr;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    self->cancel();
  };
  Config config = quick();
  config.concurrency = 4;
  Runner runner(config, callbacks);
  self = &runner;
  runner.add(fleet(server, kDevices));
  runner.work();
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::ok) >= 1);
  CHECK(results.count(Outcome::ok) <= 8);
  CHECK(results.count(Outcome::cancelled) == kDevices - results.count(Outcome::ok));
}

TEST_CASE("cancelled from another thread: silent devices are abandoned soon") {
  constexpr std::size_t kDevices = 30;
  TinyServer server(silent, kDevices);
  Results results;
  Config config = quick();
  config.concurrency = 10;
  Runner runner(config, results.callbacks());
  runner.add(fleet(server, kDevices));
  Clock::time_point begin;
  std::thread canceller([&] {
    CHECK(wait_until([&] { return server.asked().size() == 10; }));
    begin = Clock::now();
    runner.cancel();
  });
  runner.work();
  const auto end = Clock::now();
  canceller.join();
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::cancelled) == kDevices);
  CHECK(server.asked().size() == 10);
  // 0.8 s are promised; the limit is for a slow machine, and far below those of the calls.
  CHECK(end - begin < kPatience);
}

TEST_CASE("cancel ends the waiting of several threads in time") {
  constexpr std::size_t kDevices = 30;
  TinyServer server(silent, kDevices);
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(fleet(server, kDevices));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] { runner.work(); });
  CHECK(wait_until([&] { return server.asked().size() == kDevices; }));
  const auto begin = Clock::now();
  runner.cancel();
  for (std::thread& thread : threads)
    thread.join();
  const auto took = Clock::now() - begin;
  CHECK(took >= 700ms);
  CHECK(took < kPatience);
  CHECK(results.count_told_once() == kDevices);
}

TEST_CASE("cancel wakes a worker, in flight or idle, at once") {
  TinyServer server(silent);
  for (const std::size_t devices : {0U, 1U}) {
    Runner runner(quick(), {});
    Worker worker(runner);
    runner.add(fleet(server, devices));
    pollfd polled{worker.fd(), POLLIN, 0};
    int tries = 0;
    do
      worker.step();
    while (poll(&polled, 1, 20) == 1 && ++tries < 100);
    REQUIRE(tries < 100);
    runner.cancel();
    CHECK(poll(&polled, 1, 0) == 1);
  }
}

TEST_CASE("what is in flight may finish") {
  CHECK(in_one_of_several_tries([](int) {
    std::mutex held_back;
    std::unique_lock<std::mutex> holding(held_back);
    TinyServer server([&](const Asked& asked) {
      const std::lock_guard<std::mutex> let_go(held_back);
      return healthy(asked);
    });
    Results results;
    Runner runner(quick(), results.callbacks());
    Worker worker(runner);
    runner.add(device_at(server, 0));
    while (server.asked().empty())
      worker.step(1ms);
    runner.cancel();
    const bool is_in_flight = worker.step() == 1;
    holding.unlock();
    server.settle();
    worker.run();
    CHECK(results.all().size() == 1);
    return is_in_flight && results.count(Outcome::ok) == 1;
  }));
}

TEST_CASE("devices added after the cancel are told as cancelled") {
  TinyServer server(healthy, 2);
  Results results;
  Runner runner(quick(), results.callbacks());
  Worker worker(runner);
  runner.cancel();
  worker.step();
  runner.add(fleet(server, 2));
  pollfd polled{worker.fd(), POLLIN, 0};
  CHECK(poll(&polled, 1, 0) == 1);
  // A step is bounded by time, too: a slow machine may take one for each device.
  worker.step();
  CHECK(worker.step() == 0);
  CHECK(results.count(Outcome::cancelled) == 2);
  CHECK(server.asked().empty());
}

TEST_CASE("a cancelled worker does not keep its loop busy") {
  TinyServer server(silent);
  Runner runner(quick(), {});
  Worker worker(runner);
  runner.add(device_at(server, 0));
  while (server.asked().empty())
    worker.step(5ms);
  runner.cancel();
  int steps = 0;
  while (worker.step(1000ms) > 0)
    ++steps;
  CHECK(steps < 50);
  CHECK(runner.summary().cancelled == 1);
  // Idle: nothing more to do, and nothing to be woken for.
  for (int i = 0; i < 5; ++i)
    worker.step();
  pollfd polled{worker.fd(), POLLIN, 0};
  CHECK(poll(&polled, 1, 20) == 0);
}

TEST_CASE("cancel may come from a signal handler") {
  TinyServer server(silent, 5);
  Results results;
  Runner runner(quick(), results.callbacks());
  to_cancel = &runner;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = cancel_on_signal;
  REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
  runner.add(fleet(server, 5));
  const pthread_t self = pthread_self();
  std::thread killer([&] {
    CHECK(wait_until([&] { return server.asked().size() == 5; }));
    pthread_kill(self, SIGUSR1);
  });
  runner.work();
  killer.join();
  REQUIRE(sigaction(SIGUSR1, &before, nullptr) == 0);
  CHECK(results.count(Outcome::cancelled) == 5);
}
