// One device is taken back from a run.

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

Mac mac(std::size_t host) {
  return *Mac::parse(mac_of(host));
}

Device named(Device device) {
  device.wanted_name = {WantedName::Kind::text, "Neu"};
  return device;
}

/// A run on this thread.
struct Play {
  explicit Play(const Config& config, Callbacks callbacks = {})
      : runner(config, collecting(std::move(callbacks))), worker(runner) {}

  bool until(const std::function<bool()>& happened) { return step_until(worker, happened); }
  bool until_reported(std::size_t count) {
    return until([&] { return results.all().size() >= count; });
  }
  /// The result of the device with this key.
  DeviceResult result(const std::string& key) const {
    for (DeviceResult& one : results.all())
      if (one.device.key == key) return one;
    return {};
  }

  Results results;
  Runner runner;
  Worker worker;

 private:
  Callbacks collecting(Callbacks callbacks) {
    callbacks.on_result = results.callbacks().on_result;
    return callbacks;
  }
};

}  // namespace

TEST_CASE("a waiting device that is removed is told as cancelled, and never asked") {
  TinyServer server(silent, 3);
  Config config = quick();
  config.concurrency = 1;
  Play play(config);
  play.runner.add(fleet(server, 3));
  CHECK(play.runner.remove(mac(2)) == 1);
  REQUIRE(play.until([&] { return !server.asked().empty(); }));
  CHECK(play.runner.remove(mac(1)) == 1);
  REQUIRE(play.until_reported(2));
  CHECK(play.results.count(Outcome::cancelled) == 2);
  CHECK(play.result(mac_of(1)).outcome == Outcome::cancelled);
  CHECK_FALSE(play.result(mac_of(1)).ota_status);
  CHECK(server.asked().size() == 1);
  const Summary summary = play.runner.summary();
  CHECK(summary.total == 3);
  CHECK(summary.cancelled == 2);
  CHECK(summary.reported() == 2);
}

TEST_CASE("a device in flight that is removed is abandoned, and only it") {
  TinyServer server(silent, 2);
  Play play(quick());
  play.runner.add(fleet(server, 2));
  REQUIRE(play.until([&] { return server.asked().size() == 2; }));
  CHECK(play.runner.remove(mac(0)) == 1);
  REQUIRE(play.until_reported(1));
  CHECK(play.result(mac_of(0)).outcome == Outcome::cancelled);
  CHECK(play.worker.step() == 1);
}

TEST_CASE("what is not in the run, told or removed already is not removed") {
  TinyServer server(
      [](const Asked& asked) { return asked.host == 0 ? healthy(asked) : silent(asked); }, 2);
  Play play(quick());
  CHECK(play.runner.remove(mac(0)) == 0);
  play.runner.add(fleet(server, 2));
  REQUIRE(play.until_reported(1));
  CHECK(play.runner.remove(mac(0)) == 0);
  CHECK(play.runner.remove(mac(1)) == 1);
  CHECK(play.runner.remove(mac(1)) == 0);
  REQUIRE(play.until_reported(2));
  CHECK(play.runner.remove(mac(1)) == 0);
  CHECK(play.worker.step() == 0);
}

TEST_CASE("all entries of the device are removed, also those that name it as an alias") {
  TinyServer server(silent, 4);
  Play play(quick());
  for (std::size_t i = 0; i < 3; ++i) {
    Device same = device_at(server, 0);
    same.key = std::to_string(i);
    play.runner.add(same);
  }
  Device other = device_at(server, 1);
  other.aliases = {mac(3), mac(0)};
  play.runner.add({other, device_at(server, 2)});
  REQUIRE(play.until([&] { return server.asked().size() == 2; }));
  CHECK(play.runner.remove(*Mac::parse("02-00-00-00-00-00")) == 4);
  REQUIRE(play.until_reported(4));
  CHECK(play.results.count(Outcome::cancelled) == 4);
  CHECK(play.worker.step() == 1);
  CHECK(server.asked().size() == 2);
}

TEST_CASE("removing wakes a worker that sleeps") {
  TinyServer server(silent, 2);
  Config config = quick();
  config.concurrency = 1;
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    const std::size_t before = server.asked().size();
    Results results;
    Runner runner(config, results.callbacks());
    runner.add(fleet(server, 2));
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] { runner.work(); });
    REQUIRE(wait_until([&] { return server.asked().size() > before; }));
    std::this_thread::sleep_for(20ms);
    const auto begin = Clock::now();
    CHECK(runner.remove(mac(1)) == 1);
    CHECK(runner.remove(mac(0)) == 1);
    for (std::thread& worker : workers)
      worker.join();
    CHECK(Clock::now() - begin < kPatience);
    CHECK(results.count(Outcome::cancelled) == 2);
    CHECK(results.count_told_once() == 2);
  }
}

TEST_CASE("the descriptor of a foreign loop wakes for a removal") {
  TinyServer server(silent);
  Play play(quick());
  play.runner.add(device_at(server, 0));
  pollfd polled{play.worker.fd(), POLLIN, 0};
  int tries = 0;
  do
    play.worker.step();
  while (poll(&polled, 1, 50) == 1 && ++tries < 100);
  REQUIRE(tries < 100);
  CHECK(play.runner.remove(mac(0)) == 1);
  CHECK(poll(&polled, 1, 0) == 1);
  CHECK(play.worker.step() == 0);
}

TEST_CASE("a device can be removed from inside of its own callbacks") {
  TinyServer server(healthy);
  Runner* self = nullptr;
  std::size_t removed = 0;
  Callbacks callbacks;
  SUBCASE("as its turn begins") {
    callbacks.on_event = [&](DeviceEvent event, const Device& device) {
      if (event == DeviceEvent::started) removed += self->remove(device.mac);
    };
  }
  SUBCASE("as its update is permitted") {
    callbacks.on_permit = [&](const Device& device, const std::string&) {
      removed += self->remove(device.mac);
      return true;
    };
  }
  SUBCASE("as its update is about to start") {
    callbacks.on_event = [&](DeviceEvent event, const Device& device) {
      if (event == DeviceEvent::update_permitted) removed += self->remove(device.mac);
    };
  }
  Play play(updating(), callbacks);
  self = &play.runner;
  play.runner.add(device_at(server, 0));
  REQUIRE(play.until_reported(1));
  CHECK(removed == 1);
  CHECK(play.results.count(Outcome::cancelled) == 1);
  CHECK(play.worker.step() == 0);
  CHECK(server.count(kUpdate) == 0);
}

TEST_CASE("devices can be removed from inside of another one's result") {
  TinyServer server(healthy, 10);
  Results results;
  Runner* self = nullptr;
  std::size_t removed = 0;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    if (results.all().size() == 1)
      for (std::size_t host = 0; host < 10; ++host)
        removed += self->remove(mac(host));
  };
  Config config = quick();
  config.concurrency = 3;
  Runner runner(config, callbacks);
  self = &runner;
  runner.add(fleet(server, 10));
  runner.work();
  CHECK(removed == 9);
  CHECK(results.count(Outcome::cancelled) == 9);
  CHECK(results.count_told_once() == 10);
}

TEST_CASE("an update that has left is told as what it came to") {
  std::atomic<bool> answers{true};
  TinyServer server([&](const Asked& asked) {
    return asked.target == kUpdate && !answers ? silent(asked) : healthy(asked);
  });
  Config config = updating();
  std::atomic<std::size_t> removed{0};
  const auto when_update_is_there = [&](Play& play) {
    REQUIRE(play.until([&] { return server.count(kUpdate) == 1; }));
    removed += play.runner.remove(mac(0));
  };
  SUBCASE("accepted") {
    Play play(config);
    play.runner.add(device_at(server, 0));
    when_update_is_there(play);
    REQUIRE(play.until_reported(1));
    CHECK(play.result(mac_of(0)).outcome == Outcome::ok);
    CHECK(play.result(mac_of(0)).error_text() == "");
    CHECK(play.runner.summary().updates == 1);
  }
  SUBCASE("not answered") {
    answers = false;
    config.ota.timeout = 300ms;
    Play play(config);
    play.runner.add(device_at(server, 0));
    when_update_is_there(play);
    REQUIRE(play.until_reported(1));
    CHECK(play.result(mac_of(0)).outcome == Outcome::ok);
    CHECK(play.result(mac_of(0)).update_sent);
    CHECK(play.result(mac_of(0)).error_text() == "OTA: may have started, no answer");
  }
  CHECK(removed == 0);
}

TEST_CASE("a name that has left is told as what it came to, and no update follows") {
  std::function<void()> on_name;
  Nameable device;
  TinyServer server([&](const Asked& asked) {
    if (writes_name(asked)) on_name();
    return device(asked);
  });
  std::size_t removed = 0;
  int asked_for_permit = 0;
  Callbacks callbacks;
  callbacks.on_permit = [&](const Device&, const std::string&) { return ++asked_for_permit > 0; };
  Play play(updating(), callbacks);
  on_name = [&] { removed += play.runner.remove(mac(0)); };
  play.runner.add(named(device_at(server, 0)));
  REQUIRE(play.until_reported(1));
  server.settle();
  CHECK(removed == 0);
  const DeviceResult result = play.result(mac_of(0));
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.name_changed);
  CHECK(result.ota_status == OtaStatus::update_available);
  CHECK(result.update_held);
  CHECK(server.count(kUpdate) == 0);
  CHECK(play.runner.summary().held == 1);
  CHECK(asked_for_permit == 0);
}

TEST_CASE("nothing that writes leaves once a device is removed, whichever answer it comes with") {
  // Each request is the last before a call that writes, for one of these.
  for (const std::string last : {"name", "update", "update after a name"}) {
    CAPTURE(last);
    Runner* runner = nullptr;
    std::atomic<int> infos{0};
    Nameable nameable;
    std::atomic<std::size_t> removed{0};
    TinyServer server([&](const Asked& asked) {
      const int nth = asked.target == kInfo ? ++infos : 0;
      if (nth == (last == "name" ? 1 : last == "update" ? 2 : 3)) removed += runner->remove(mac(0));
      return nameable(asked);
    });
    Play play(updating());
    runner = &play.runner;
    Device device = device_at(server, 0);
    play.runner.add(last == "update" ? device : named(device));
    REQUIRE(play.until_reported(1));
    server.settle();
    CHECK(server.count(kUpdate) == 0);
    const bool has_name = server.count(kSetName) > 0;
    CHECK(has_name == (last == "update after a name"));
    CHECK(removed == (has_name ? 0 : 1));
    CHECK(play.result(mac_of(0)).outcome == (has_name ? Outcome::ok : Outcome::cancelled));
    CHECK(play.result(mac_of(0)).update_held == has_name);
  }
}

TEST_CASE("a device that waits for its turn to update is removed at once") {
  Nameable nameable;
  TinyServer server([&](const Asked& asked) { return nameable(asked); }, 3);
  Config config = updating();
  config.ota.rate = 0.001;  // beyond all patience
  Play play(config);
  play.runner.add({device_at(server, 0), device_at(server, 1), named(device_at(server, 2))});
  REQUIRE(play.until([&] { return play.results.all().size() == 1 && server.count(kCheck) == 3; }));
  for (int i = 0; i < 20; ++i)
    play.worker.step(1ms);
  // Whoever came first has updated; the name of the last one was written.
  const std::size_t updated = play.result(mac_of(0)).update_sent   ? 0
                              : play.result(mac_of(1)).update_sent ? 1
                                                                   : 2;
  for (std::size_t host = 0; host < 3; ++host)
    CHECK(play.runner.remove(mac(host)) == (host == updated || host == 2 ? 0 : 1));
  REQUIRE(play.until_reported(3));
  CHECK(server.count(kUpdate) == 1);
  CHECK(play.results.count_told_once() == 3);
  CHECK(play.result(mac_of(2)).outcome == Outcome::ok);
}

TEST_CASE("a device that waits for a nonce is removed at once, also while it waits for a slot") {
  TinyServer server(
      [](const Asked& asked) {
        if (asked.host == 1) return silent(asked);
        return asked.target == kInfo ? healthy(asked) : http(429, "");
      },
      2);
  Config config = quick();
  config.concurrency = 1;
  Play play(config);
  play.runner.add(fleet(server, 2));
  // The second one has begun: the first one has lent it its slot.
  REQUIRE(play.until([&] { return server.asked().size() == 3; }));
  SUBCASE("in the pause") {}
  SUBCASE("behind it") {
    const auto end = Clock::now() + 2500ms;
    REQUIRE(play.until([&] { return Clock::now() > end; }));
    CHECK(play.results.all().empty());
  }
  CHECK(play.runner.remove(mac(0)) == 1);
  REQUIRE(play.until_reported(1));
  CHECK(play.result(mac_of(0)).outcome == Outcome::cancelled);
  CHECK(server.asked().size() == 3);
  CHECK(play.runner.remove(mac(1)) == 1);
  REQUIRE(play.until_reported(2));
  CHECK(play.worker.step() == 0);
}

TEST_CASE("who waits for an address' answer can be removed, and so can who asks for it") {
  std::atomic<bool> awake{false};
  TinyServer server([&](const Asked& asked) { return awake ? healthy(asked) : silent(asked); });
  Play play(quick());
  std::vector<Device> devices(4, device_at(server, 0));
  for (std::size_t i = 0; i < devices.size(); ++i) {
    devices[i].mac = mac(i);
    devices[i].key = mac_of(i);
  }
  std::swap(devices[0], devices[3]);
  play.runner.add(devices);
  REQUIRE(play.until([&] { return !server.asked().empty(); }));
  CHECK(play.runner.remove(mac(1)) == 1);
  REQUIRE(play.until_reported(1));
  CHECK(play.result(mac_of(1)).outcome == Outcome::cancelled);
  awake = true;
  CHECK(play.runner.remove(mac(3)) == 1);
  REQUIRE(play.until_reported(4));
  CHECK(play.result(mac_of(3)).outcome == Outcome::cancelled);
  CHECK(play.result(mac_of(2)).error_text().find("identity: expected") == 0);
  CHECK(play.result(mac_of(0)).outcome == Outcome::ok);
}

TEST_CASE("a device that was removed and added again is sent one update") {
  Runner* runner = nullptr;
  Device again;
  TinyServer server([&](const Asked& asked) {
    if (asked.target == kUpdate) {
      CHECK(runner->remove(mac(0)) == 0);
      runner->add(again);
    }
    return healthy(asked);
  });
  Play play(updating());
  runner = &play.runner;
  again = device_at(server, 0);
  again.key = "again";
  play.runner.add(device_at(server, 0));
  REQUIRE(play.until_reported(2));
  server.settle();
  CHECK(play.results.count(Outcome::ok) == 2);
  CHECK(server.count(kUpdate) == 1);
}

TEST_CASE("removed while the whole run is cancelled: each is told once") {
  TinyServer server(silent, 20);
  Config config = quick();
  config.concurrency = 5;
  Play play(config);
  play.runner.add(fleet(server, 20));
  REQUIRE(play.until([&] { return server.asked().size() == 5; }));
  for (std::size_t host = 0; host < 20; host += 2)
    CHECK(play.runner.remove(mac(host)) == 1);
  play.runner.cancel();
  play.worker.run();
  CHECK(play.results.count_told_once() == 20);
  CHECK(play.results.count(Outcome::cancelled) == 20);
}
