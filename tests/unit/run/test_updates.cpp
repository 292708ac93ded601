// Which updates start, and when.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

TEST_CASE("each device gets its update once") {
  constexpr std::size_t kDevices = 20;
  TinyServer server(healthy, kDevices);
  Results results;
  Runner runner(updating(), results.callbacks());
  runner.add(fleet(server, kDevices));
  runner.work();
  CHECK(server.count(kUpdate) == kDevices);
  CHECK(runner.summary().updates == kDevices);
  CHECK(runner.summary().held == 0);
  for (const DeviceResult& result : results.all())
    CHECK(result.update_sent);
}

TEST_CASE("a run may send only so many updates") {
  constexpr std::size_t kDevices = 30;
  TinyServer server(healthy, kDevices);
  Config config = updating();
  config.ota.max_per_run = 7;
  Results results;
  Runner runner(config, results.callbacks());
  runner.add(fleet(server, kDevices));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] { runner.work(); });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(server.count(kUpdate) == 7);
  CHECK(runner.summary().updates == 7);
  CHECK(runner.summary().held == kDevices - 7);
  CHECK(runner.summary().ok == kDevices);
  for (const DeviceResult& result : results.all())
    CHECK(result.ota_status == OtaStatus::update_available);
}

TEST_CASE("an update that was not sent after all counts for nobody") {
  // The first device to be asked again is up to date by then.
  TinyServer server(
      [](const Asked& asked) {
        static std::atomic<int> looks{0};
        shelly::Device device = shelly_at(asked.host);
        if (asked.target == kInfo && asked.host == 0 && ++looks == 2)
          device.version = device.stable;
        return http(shelly::answer(device, shelly::rpc_of(asked.target)));
      },
      2);
  Config config = updating();
  config.ota.max_per_run = 1;
  config.concurrency = 1;
  Runner runner(config, {});
  runner.add(fleet(server, 2));
  runner.work();
  CHECK(runner.summary().updates == 1);
  CHECK(runner.summary().held == 0);
}

TEST_CASE("the embedder decides") {
  constexpr std::size_t kDevices = 10;
  TinyServer server(healthy, kDevices);
  Callbacks callbacks;
  int asked = 0;
  callbacks.on_permit = [&](const Device& device, const std::string& version) {
    ++asked;
    CHECK(version == "1.7.5");
    return device.key == mac_of(3);
  };
  Config config = updating();
  config.ota.max_per_run = 2;
  Runner runner(config, callbacks);
  runner.add(fleet(server, kDevices));
  runner.work();
  // Refusals use up nothing of what the run may send.
  CHECK(asked == kDevices);
  CHECK(server.count(kUpdate) == 1);
  CHECK(runner.summary().held == kDevices - 1);
}

TEST_CASE("updates are started at the wanted rate") {
  constexpr std::size_t kDevices = 6;
  TinyServer server(healthy, kDevices);
  Config config = updating();
  config.ota.rate = 10;
  // Those that wait for their turn leave their slot to the others.
  config.concurrency = 1;
  Runner runner(config, {});
  runner.add(fleet(server, kDevices));
  // From before the first: when it arrives is the machine's affair.
  const auto begin = Clock::now();
  runner.work();
  CHECK(Clock::now() - begin >= (kDevices - 1) * 100ms);
  CHECK(server.count(kUpdate) == kDevices);
}

TEST_CASE("devices that wait for their update do not hold up the others") {
  constexpr std::size_t kDevices = 12;
  TinyServer server(healthy, kDevices);
  Config config = updating();
  config.ota.rate = 0.001;  // beyond all patience
  config.concurrency = 2;
  Results results;
  Callbacks callbacks = results.callbacks();
  Runner runner(config, callbacks);
  runner.add(fleet(server, kDevices));
  Worker worker(runner);
  CHECK(step_until(worker, [&] { return server.count(kCheck) == kDevices; }));
  CHECK(server.count(kUpdate) == 1);

  // Cancel denies them, and what is known is told.
  runner.cancel();
  worker.run();
  CHECK(results.count(Outcome::ok) == kDevices);
  CHECK(runner.summary().updates == 1);
  CHECK(runner.summary().held == kDevices - 1);
}

TEST_CASE("slots and permits of a lost worker are given back") {
  constexpr std::size_t kDevices = 6;
  TinyServer server(healthy, 2 * kDevices);
  Config config = updating();
  config.ota.rate = 2;
  config.ota.max_per_run = 3;
  config.concurrency = 2;
  Results results;
  Runner runner(config, results.callbacks());
  runner.add(fleet(server, kDevices));
  {
    Worker worker(runner);
    CHECK(step_until(worker, [&] { return results.all().size() >= kDevices - 2; }));
    // One update went out (or more, if that took long), the other two wait for their turn, the rest
    // was held.
    CHECK(results.all().size() == kDevices - 3 + runner.summary().updates);
  }
  const auto before = runner.summary().updates;
  for (std::size_t host = kDevices; host < kDevices + 2; ++host)
    runner.add(device_at(server, host));
  runner.work();
  CHECK(runner.summary().updates == before + 2);
  CHECK(runner.summary().reported() == kDevices + 2);
}
