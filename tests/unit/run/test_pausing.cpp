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
    if (asked.target == kInfo || !asked.field("Authorization").empty()) return healthy(asked);
    if (!refused_[asked.host].exchange(true)) {
      ++refusals_;
      return http(429, "");
    }
    int none = 0;
    before_return_.compare_exchange_strong(none, refusals_);
    return wants_login(asked.host);
  }

  /// How many had been refused when the first of them came back.
  int before_return() const { return before_return_; }

 private:
  std::vector<std::atomic<bool>> refused_;
  std::atomic<int> refusals_{0};
  std::atomic<int> before_return_{0};
};

Callbacks with_password(Results& results) {
  Callbacks callbacks = results.callbacks();
  callbacks.password_source = [](const Mac&, std::string_view) { return "secret"; };
  return callbacks;
}

/// Has many devices wait, with a few slots.
int refused_before_return(int threads) {
  constexpr std::size_t kDevices = 12;
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
  CHECK(time >= 2200ms);
  return locked.before_return();
}

}  // namespace

TEST_CASE("a device that waits for a nonce holds no slot, and comes back to one that is free") {
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    // They wait at the same time, not three at a time.
    CHECK(in_one_of_several_tries([&](int) { return refused_before_return(threads) > 3; }));
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
    CHECK(wait_until([&] { return server.count(kCheck) >= kDevices; }));
    runner.cancel();
  });
  runner.work();
  canceller.join();
  CHECK(results.count(Outcome::cancelled) == kDevices);
  CHECK(results.count_told_once() == kDevices);
}
