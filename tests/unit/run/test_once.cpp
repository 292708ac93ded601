// A device that is added more than once gets one update.

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <random>
#include <thread>

#include "../rounds.hpp"
#include "fleet.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr const char* kUpdate = "/rpc/Shelly.Update?stage=stable";

Config updating() {
  Config config = quick();
  config.ota.mode = OtaMode::check_and_update;
  return config;
}

/// A MAC as one of three people writes it.
std::string spelled(const std::string& mac, unsigned how) {
  if (how == 0) return mac;
  std::string out;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (i > 0 && i % 2 == 0) out += how == 1 ? ':' : '-';
    out += how == 1 ? static_cast<char>(std::tolower(mac[i])) : mac[i];
  }
  return out;
}

/// How many updates each device was sent.
std::map<std::size_t, int> updates_by_host(const TinyServer& server) {
  std::map<std::size_t, int> count;
  for (const Asked& asked : server.asked())
    if (asked.target == kUpdate) ++count[asked.host];
  return count;
}

std::size_t count_sent_already(const Results& results) {
  std::size_t count = 0;
  for (const DeviceResult& result : results.all())
    for (const DeviceError& error : result.errors)
      count += error.cause == Cause::sent_already;
  return count;
}

}  // namespace

TEST_CASE("a device that was added twice is sent one update") {
  TinyServer server(healthy);
  Results results;
  Runner runner(updating(), results.callbacks());
  Device again = device_at(server, 0);
  again.key = "again";
  runner.add({device_at(server, 0), again});
  runner.work();
  CHECK(server.count(kUpdate) == 1);
  CHECK(results.count(Outcome::ok) == 2);
  CHECK(runner.summary().updates == 1);
  CHECK(runner.summary().held == 0);
  CHECK(count_sent_already(results) == 1);
  for (const DeviceResult& result : results.all()) {
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.update == "1.7.5");
  }
}

TEST_CASE("so it is whatever the device answers, once the request has left") {
  for (const int status : {302, 401, 429, 500, 503}) {
    CAPTURE(status);
    TinyServer server([&](const Asked& asked) {
      return asked.target == kUpdate
                 ? http(status, R"({"code":-104,"message":"Deadline exceeded"})")
                 : healthy(asked);
    });
    Results results;
    Runner runner(updating(), results.callbacks());
    runner.add({device_at(server, 0), device_at(server, 0), device_at(server, 0)});
    runner.work();
    CHECK(server.count(kUpdate) == 1);
    CHECK(results.all().size() == 3);
    CHECK(count_sent_already(results) == 2);
  }
}

TEST_CASE("so it is at two addresses, and as an alias") {
  // One device behind two addresses, as a Range Extender has them.
  TinyServer server(
      [](const Asked& asked) {
        Asked same = asked;
        same.host = 0;
        return healthy(same);
      },
      3);
  for (const bool by_alias : {false, true}) {
    Results results;
    Runner runner(updating(), results.callbacks());
    const std::size_t before = server.count(kUpdate);
    for (std::size_t host = 0; host < 3; ++host) {
      Device device = device_at(server, by_alias ? host : 0);
      device.key = std::to_string(host);
      device.address = server.address(host);
      if (by_alias && host != 0) device.aliases = {*Mac::parse(mac_of(0))};
      runner.add(device);
    }
    runner.work();
    CHECK(server.count(kUpdate) - before == 1);
    CHECK(results.count(Outcome::ok) == 3);
    CHECK(count_sent_already(results) == 2);
  }
}

TEST_CASE("a device that comes again in the next round is not sent the same update") {
  TinyServer server(healthy);
  Results results;
  Runner runner(updating(), results.callbacks());
  for (int round = 0; round < 3; ++round) {
    runner.add(device_at(server, 0));
    runner.work();
  }
  CHECK(server.count(kUpdate) == 1);
  CHECK(count_sent_already(results) == 2);
}

TEST_CASE("in the next round a further update is sent") {
  std::atomic<int> looks{0};
  TinyServer server([&](const Asked& asked) {
    if (asked.target != "/rpc/Shelly.CheckForUpdate") return healthy(asked);
    return http(200, ++looks == 1 ? R"({"stable":{"version":"1.7.5"}})"
                                  : R"({"stable":{"version":"1.8.0"}})");
  });
  Runner runner(updating(), {});
  runner.add(device_at(server, 0));
  runner.add(device_at(server, 0));
  runner.work();
  CHECK(server.count(kUpdate) == 1);
  runner.add(device_at(server, 0));
  runner.work();
  CHECK(server.count(kUpdate) == 2);
}

TEST_CASE("an update that got no answer, or was refused, is not sent again in its round") {
  TinyServer server(
      [&](const Asked& asked) {
        if (asked.target != kUpdate) return healthy(asked);
        if (asked.host == 0) return Sends{"", Sends::Then::close, {}};
        return http(500, R"({"code":-109,"message":"Restart pending!"})");
      },
      2);
  Results results;
  Runner runner(updating(), results.callbacks());
  runner.add({device_at(server, 0), device_at(server, 0), device_at(server, 1),
              device_at(server, 1), device_at(server, 1)});
  runner.work();
  CHECK(updates_by_host(server) == std::map<std::size_t, int>{{0, 1}, {1, 1}});
  CHECK(runner.summary().updates == 1);
}

TEST_CASE("the budget of updates is one of a round") {
  TinyServer server(healthy, 6);
  Config config = updating();
  config.ota.max_per_run = 1;
  Runner runner(config, {});
  for (std::size_t round = 0; round < 3; ++round) {
    runner.add({device_at(server, 2 * round), device_at(server, 2 * round + 1)});
    runner.work();
  }
  CHECK(server.count(kUpdate) == 3);
  CHECK(runner.summary().held == 3);
}

TEST_CASE("the caller is not asked about what is not sent") {
  TinyServer server(healthy);
  int asked = 0;
  Callbacks callbacks;
  callbacks.on_permit = [&](const Device&, const std::string&) { return ++asked > 0; };
  Runner runner(updating(), callbacks);
  runner.add({device_at(server, 0), device_at(server, 0)});
  runner.work();
  CHECK(asked == 1);
}

TEST_CASE("random sequences: one update a device, one result for each time it was added") {
  constexpr std::size_t kDevices = 5;
  std::array<std::atomic<int>, kDevices> updates{};
  TinyServer server(
      [&](const Asked& asked) {
        updates[asked.host] += asked.target == kUpdate;
        return healthy(asked);
      },
      kDevices);
  std::mt19937 random(20261125);
  const int sequences = std::getenv("STAGE3_LONG") != nullptr ? 1000 : rounds(100);
  int broken = 0;
  std::size_t sent_already = 0;
  for (int sequence = 0; sequence < sequences; ++sequence) {
    for (auto& count : updates)
      count = 0;
    Results results;
    Config config = updating();
    config.concurrency = 1 + static_cast<unsigned>(random() % 6);
    Runner runner(config, results.callbacks());
    Worker worker(runner);
    std::size_t added = 0;
    for (auto left = 2 + random() % 8; left > 0; --left) {
      const std::size_t host = random() % kDevices;
      const std::string key = spelled(mac_of(host), static_cast<unsigned>(random() % 3));
      Device device = device_at(server, host);
      device.mac = *Mac::parse(key);
      device.key = key + " " + std::to_string(added++);
      runner.add(device);
      // Some are added while others are in flight, some begin a round.
      if (random() % 4 == 0) worker.run();
      for (auto steps = random() % 4; steps > 0; --steps)
        worker.step(1ms);
    }
    worker.run();
    if (results.count_told_once() != added || results.count(Outcome::ok) != added) ++broken;
    for (const auto& count : updates)
      if (count > 1) ++broken;
    sent_already += count_sent_already(results);
  }
  CHECK(broken == 0);
  CHECK(sent_already > 0);
}
