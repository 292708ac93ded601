// Many entries at one address: it is asked who it is once.

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// An entry that should be at the server's first address.
Device entry(const TinyServer& server, std::size_t number) {
  Device device = device_at(server, 0);
  device.key = mac_of(number);
  device.mac = *Mac::parse(device.key);
  return device;
}

/// `count` of them; the device itself is the one with the number `right`.
std::vector<Device> entries(const TinyServer& server, std::size_t count, std::size_t right) {
  std::vector<Device> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(entry(server, i == right ? 0 : 1000 + i));
  return out;
}

/// An address that refuses connections.
Device refused(std::size_t number) {
  Device device;
  device.key = mac_of(number);
  device.mac = *Mac::parse(device.key);
  device.address = *Address::parse("127.0.0.1:1");
  return device;
}

/// Works to the end; whether an answer from its beginning is still one to go on by then. On a
/// machine with much else to do it need not be.
bool works_while_answer_is_fresh(Runner& runner) {
  const auto begin = Clock::now();
  runner.work();
  return Clock::now() - begin < 1s;
}

Clock::duration time_at_refused_port(std::size_t count) {
  Results results;
  Runner runner(quick(), results.callbacks());
  for (std::size_t i = 0; i < count; ++i)
    runner.add(refused(i));
  const auto begin = Clock::now();
  runner.work();
  CHECK(results.count(Outcome::offline) == count);
  CHECK(results.count_told_once() == count);
  return Clock::now() - begin;
}

}  // namespace

TEST_CASE("many entries at a dead address take about as long as one") {
  // One after the other they would take as many times as long.
  const auto one = time_at_refused_port(1);
  CHECK(time_at_refused_port(250) < 25 * one);
  CHECK(time_at_refused_port(5000) < 250 * one);
}

TEST_CASE(
    "many entries at one device: one answer serves them all, and only the right one goes on") {
  constexpr std::size_t kEntries = 250;
  for (const std::size_t right : {0U, 1U, 120U, 249U}) {
    TinyServer server(healthy);
    Results results;
    Runner runner(quick(), results.callbacks());
    runner.add(entries(server, kEntries, right));
    const bool fresh = works_while_answer_is_fresh(runner);
    CHECK(results.count_told_once() == kEntries);
    CHECK(results.count(Outcome::ok) == 1);
    CHECK(server.count(kInfo) <= (fresh ? 1 : 2));
    CHECK(server.count(kCheck) == 1);
    for (const DeviceResult& result : results.all()) {
      if (result.device.key == mac_of(0)) {
        CHECK(result.ota_status == OtaStatus::update_available);
        CHECK(result.last_seen > 0);
      } else {
        CHECK(result.error_text() ==
              "identity: expected " + result.device.mac.to_string() + ", found " + mac_of(0));
        CHECK(result.last_seen == 0);
      }
    }
  }
}

TEST_CASE("nobody at one address waits for the right one's update") {
  TinyServer server(
      [](const Asked& asked) { return asked.target == kCheck ? silent(asked) : healthy(asked); });
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(entries(server, 100, 0));
  Worker worker(runner);
  CHECK(step_until(worker, [&] { return results.all().size() == 99; }));
  CHECK(results.count(Outcome::failed) == 99);
}

TEST_CASE("several threads share the entries of one address out") {
  constexpr std::size_t kEntries = 400;
  TinyServer server(healthy);
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(entries(server, kEntries, 200));
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] { runner.work(); });
  const bool fresh = works_while_answer_is_fresh(runner);
  for (std::thread& thread : threads)
    thread.join();
  CHECK(results.count_told_once() == kEntries);
  CHECK(results.count(Outcome::ok) == 1);
  CHECK(server.count(kInfo) <= (fresh ? 1 : 2));
}

TEST_CASE("an answer that has grown old is no ground to go on: the right one asks anew") {
  TinyServer server(healthy);
  Results results;
  Callbacks callbacks = results.callbacks();
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    // The caller takes his time over the first of them.
    if (results.all().size() == 1) std::this_thread::sleep_for(1200ms);
  };
  Runner runner(quick(), callbacks);
  runner.add(entries(server, 10, 9));
  runner.work();
  CHECK(results.count_told_once() == 10);
  CHECK(results.count(Outcome::ok) == 1);
  CHECK(server.count(kInfo) == 2);
}

TEST_CASE("entries of one device at one address go one after the other") {
  constexpr std::size_t kEntries = 30;
  TinyServer server(healthy);
  Results results;
  Runner runner(quick(), results.callbacks());
  for (std::size_t i = 0; i < kEntries; ++i) {
    Device device = entry(server, 0);
    device.key = std::to_string(i);
    runner.add(device);
  }
  runner.work();
  CHECK(results.count_told_once() == kEntries);
  CHECK(results.count(Outcome::ok) == kEntries);
  CHECK(server.most_open() == 1);
}

TEST_CASE("cancelled while one address serves many") {
  constexpr std::size_t kEntries = 500;
  TinyServer server(healthy);
  Results results;
  Runner* self = nullptr;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    if (results.all().size() == 100) self->cancel();
  };
  Runner runner(quick(), callbacks);
  self = &runner;
  runner.add(entries(server, kEntries, 400));
  runner.work();
  CHECK(results.count_told_once() == kEntries);
  CHECK(results.count(Outcome::failed) >= 99);
  CHECK(results.count(Outcome::cancelled) >= 300);
  CHECK(runner.summary().reported() == kEntries);
}

TEST_CASE("a worker that goes while it asks leaves the others at the address to the next one") {
  std::atomic<bool> awake{false};
  TinyServer server([&](const Asked& asked) { return awake ? healthy(asked) : silent(asked); });
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(entries(server, 50, 25));
  {
    Worker worker(runner);
    CHECK(step_until(worker, [&] { return !server.asked().empty(); }));
    server.settle();
  }
  awake = true;
  runner.work();
  CHECK(results.count_told_once() == 49);
  CHECK(results.count(Outcome::ok) == 1);
  CHECK(runner.summary().reported() == 50);
}
