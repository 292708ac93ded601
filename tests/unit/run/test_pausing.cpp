// Devices that wait for long: what they hold meanwhile, and how they come back.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "fleet.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// Firmware 2.0 with a full table of nonces: 429 to the first request without a login, then a
/// challenge.
class Locked {
 public:
  explicit Locked(std::size_t devices) : refused_(devices) {}

  Sends answer(const Asked& asked) {
    if (asked.target == "/rpc/Shelly.GetDeviceInfo") return http(200, info_of(asked.host));
    if (!asked.field("Authorization").empty()) return http(200, "{}");
    if (!refused_[asked.host].exchange(true)) return http(429, "");
    return http(401, "",
                "WWW-Authenticate: Digest qop=\"auth\", realm=\"shelly-" + mac_of(asked.host) +
                    "\", nonce=\"1\", algorithm=SHA-256\r\n");
  }

 private:
  std::vector<std::atomic<bool>> refused_;
};

Callbacks with_password(Results& results) {
  Callbacks callbacks = results.callbacks();
  callbacks.password_source = [](const Mac&, std::string_view) { return "secret"; };
  return callbacks;
}

}  // namespace

TEST_CASE("a device that waits for a nonce holds no place, and comes back to one that is free") {
  constexpr std::size_t kDevices = 12;
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    Locked locked(kDevices);
    TinyServer server([&](const Asked& asked) { return locked.answer(asked); }, kDevices);
    Config config = quick();
    config.concurrency = 3;
    Results results;
    Runner runner(config, with_password(results));
    runner.add(fleet(server, kDevices));
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] { runner.work(); });
    for (std::thread& worker : workers)
      worker.join();
    const auto time = std::chrono::steady_clock::now() - begin;
    CHECK(results.count(Outcome::ok) == kDevices);
    CHECK(server.most_open() <= 3);
    // All wait at the same time; three at a time would take four pauses.
    CHECK(time >= 2200ms);
    CHECK(time < 2 * 2200ms);
  }
}

TEST_CASE("a run that is cancelled while devices wait for a nonce ends at once") {
  constexpr std::size_t kDevices = 5;
  Locked locked(kDevices);
  TinyServer server([&](const Asked& asked) { return locked.answer(asked); }, kDevices);
  Config config = quick();
  config.concurrency = 2;
  Results results;
  Runner runner(config, with_password(results));
  runner.add(fleet(server, kDevices));
  std::thread canceller([&] {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (server.count("/rpc/Shelly.CheckForUpdate") < kDevices &&
           std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
    runner.cancel();
  });
  runner.work();
  canceller.join();
  CHECK(results.count(Outcome::cancelled) == kDevices);
  CHECK(results.count_told_once() == kDevices);
}
