// A device that is added more than once gets one update.

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "../rounds.hpp"
#include "fleet.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

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
      return asked.target == kUpdate ? http(status, shelly::error(-104, "Deadline exceeded"))
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
    if (asked.target != kCheck) return healthy(asked);
    return http(200, shelly::offers(++looks == 1 ? "1.7.5" : "1.8.0"));
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
        return http(500, shelly::error(-109, "Restart pending!"));
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

namespace {

constexpr std::size_t kFleet = 5;

/// What random sequences of add and remove come to, on one worker or several.
class Sequences {
 public:
  /// `forgets`: a counter-example, whose runner is a new one after each removal.
  Sequences(unsigned seed, bool forgets) : random_(seed), forgets_(forgets) {}

  /// How many went wrong.
  int play(int count) {
    int broken = 0;
    for (int i = 0; i < count; ++i)
      broken += play_one() ? 0 : 1;
    return broken;
  }

  std::size_t sent_already() const { return sent_already_; }
  std::size_t removed() const { return removed_in_all_; }

 private:
  bool play_one() {
    for (auto& count : updates_)
      count = 0;
    results_ = std::make_unique<Results>();
    added_ = removed_ = 0;
    threads_ = forgets_ || random_() % 2 == 0 ? 0 : 2;
    open();
    for (auto steps = 4 + random_() % 12; steps > 0; --steps) {
      if (random_() % 3 == 0)
        remove();
      else
        add();
      let_work();
    }
    close();
    sent_already_ += count_sent_already(*results_);
    removed_in_all_ += removed_;
    return is_right();
  }

  bool is_right() const {
    std::map<std::size_t, int> told;
    for (const DeviceResult& result : results_->all())
      for (std::size_t host = 0; host < kFleet; ++host)
        told[host] += result.update_sent && result.device.mac == *Mac::parse(mac_of(host));
    for (std::size_t host = 0; host < kFleet; ++host)
      if (updates_[host] > 1 || told[host] != updates_[host]) return false;
    return results_->count_told_once() == added_ &&
           results_->count(Outcome::cancelled) == removed_ &&
           results_->count(Outcome::ok) == added_ - removed_;
  }

  std::string any_spelling(std::size_t host) {
    return spelled(mac_of(host), static_cast<unsigned>(random_() % 3));
  }

  void add() {
    const std::size_t host = random_() % kFleet;
    Device device = device_at(server_, host);
    device.key = any_spelling(host);
    device.mac = *Mac::parse(device.key);
    device.key += " " + std::to_string(added_++);
    runner_->add(device);
  }

  void remove() {
    removed_ += runner_->remove(*Mac::parse(any_spelling(random_() % kFleet)));
    if (!forgets_) return;
    close();
    open();
  }

  /// Some are added while others are in flight, some begin a round.
  void let_work() {
    if (threads_ > 0) {
      if (random_() % 2 == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 1500));
      return;
    }
    if (random_() % 4 == 0) worker_->run();
    for (auto steps = random_() % 4; steps > 0; --steps)
      worker_->step(1ms);
  }

  void open() {
    Config config = updating();
    config.concurrency = 1 + static_cast<unsigned>(random_() % 6);
    runner_ = std::make_unique<Runner>(config, results_->callbacks());
    if (threads_ == 0) worker_ = std::make_unique<Worker>(*runner_);
    is_over_ = false;
    for (int i = 0; i < threads_; ++i) {
      workers_.emplace_back([this] {
        Worker worker(*runner_);
        while (worker.step(5ms) > 0 || !is_over_) {
        }
      });
    }
  }

  void close() {
    is_over_ = true;
    for (std::thread& worker : workers_)
      worker.join();
    workers_.clear();
    if (worker_) worker_->run();
    worker_.reset();
    runner_.reset();
  }

  std::mt19937 random_;
  const bool forgets_;
  std::array<std::atomic<int>, kFleet> updates_{};
  TinyServer server_{[this](const Asked& asked) {
                       updates_[asked.host] += asked.target == kUpdate;
                       return healthy(asked);
                     },
                     kFleet};
  std::unique_ptr<Results> results_;
  std::unique_ptr<Runner> runner_;
  std::unique_ptr<Worker> worker_;
  std::vector<std::thread> workers_;
  int threads_ = 0;
  std::atomic<bool> is_over_{false};
  std::size_t added_ = 0;
  std::size_t removed_ = 0;
  std::size_t sent_already_ = 0;
  std::size_t removed_in_all_ = 0;
};

}  // namespace

TEST_CASE("random sequences of add and remove: one update a device, one result for each added") {
  Sequences sequences(20261125, false);
  CHECK(sequences.play(std::getenv("STAGE3_LONG") != nullptr ? 1000 : rounds(100)) == 0);
  CHECK(sequences.sent_already() > 0);
  CHECK(sequences.removed() > 0);
}

TEST_CASE("random sequences show a removal that forgets what was sent") {
  CHECK(Sequences(20261125, true).play(40) > 0);
}
