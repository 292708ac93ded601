// Which updates start, and when.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "fleet.hpp"
#include "rollout/pacer.hpp"
#include "run/recorder.hpp"

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

namespace {

/// Of a fleet that is decided about later.
struct Undecided {
  explicit Undecided(std::size_t count)
      : server(healthy, count), devices(fleet(server, count)), callbacks(results.callbacks()) {
    callbacks.on_update = [this](const UpdateRequest&) {
      ++asked;
      return UpdateDecision::later;
    };
  }

  TinyServer server;
  std::vector<Device> devices;
  Results results;
  Callbacks callbacks;
  std::atomic<std::size_t> asked{0};
};

}  // namespace

TEST_CASE("devices that are undecided hold no slot, and are decided about by any thread") {
  constexpr std::size_t kDevices = 40;
  Undecided undecided(kDevices);
  Config config = updating();
  config.concurrency = 2;
  Runner runner(config, undecided.callbacks);
  runner.add(undecided.devices);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] { runner.work(); });
  for (const Device& device : undecided.devices)
    while (!runner.permit(device.mac, device.mac.to_string().back() % 2 == 0))
      std::this_thread::yield();
  for (std::thread& thread : threads)
    thread.join();
  CHECK(undecided.asked == kDevices);
  CHECK(undecided.results.count_told_once() == kDevices);
  CHECK(undecided.server.count(kUpdate) + runner.summary().held == kDevices);
  CHECK(runner.summary().updates == undecided.server.count(kUpdate));
  CHECK(runner.summary().held > 0);
  CHECK(runner.summary().updates > 0);
  CHECK_FALSE(runner.permit(undecided.devices.front().mac, true));
}

TEST_CASE("a decision may meet a cancel or a removal: each device is reported once") {
  constexpr std::size_t kDevices = 20;
  for (const bool cancels : {true, false}) {
    CAPTURE(cancels);
    Undecided undecided(kDevices);
    Runner runner(updating(), undecided.callbacks);
    runner.add(undecided.devices);
    std::thread worker([&] { runner.work(); });
    while (undecided.asked < kDevices)
      std::this_thread::yield();
    std::thread other([&] {
      if (cancels) return runner.cancel();
      for (const Device& device : undecided.devices)
        runner.remove(device.mac);
    });
    std::size_t decided = 0;
    for (const Device& device : undecided.devices)
      decided += runner.permit(device.mac, true) ? 1 : 0;
    other.join();
    worker.join();
    CHECK(undecided.results.count_told_once() == kDevices);
    CHECK(undecided.server.count(kUpdate) <= decided);
    CHECK(runner.summary().reported() == kDevices);
  }
}

TEST_CASE("a worker that is lost takes its undecided devices along") {
  Undecided undecided(3);
  Config config = updating();
  config.ota.max_per_run = 3;
  Runner runner(config, undecided.callbacks);
  runner.add(undecided.devices);
  {
    Worker worker(runner);
    CHECK(step_until(worker, [&] { return undecided.asked == 3; }));
  }
  for (const Device& device : undecided.devices)
    CHECK_FALSE(runner.permit(device.mac, true));
  runner.work();
  CHECK(runner.summary().cancelled == 3);
  CHECK(undecided.server.count(kUpdate) == 0);
}

TEST_CASE("a device whose on_update throws is reported, and decided about by nobody") {
  Undecided undecided(1);
  Runner* its = nullptr;
  undecided.callbacks.on_update = [&](const UpdateRequest& request) -> UpdateDecision {
    CHECK(its->permit(request.device.mac, true));
    throw std::runtime_error("on purpose");
  };
  Runner runner(updating(), undecided.callbacks);
  its = &runner;
  runner.add(undecided.devices);
  Worker worker(runner);
  CHECK_THROWS_AS(worker.run(), std::runtime_error);
  CHECK_FALSE(runner.permit(undecided.devices.front().mac, true));
  worker.run();
  CHECK(undecided.results.count_told_once() == 1);
  CHECK(undecided.server.count(kUpdate) == 0);
}

TEST_CASE("a device that was denied is not asked about again in its round") {
  for (const auto answer : {UpdateDecision::no, UpdateDecision::later}) {
    Undecided undecided(1);
    undecided.callbacks.on_update = [&](const UpdateRequest&) {
      ++undecided.asked;
      return answer;
    };
    Runner runner(updating(), undecided.callbacks);
    const Mac mac = undecided.devices.front().mac;
    runner.add(undecided.devices);
    runner.add(undecided.devices);
    std::thread worker([&] { runner.work(); });
    if (answer == UpdateDecision::later)
      while (!runner.permit(mac, false))
        std::this_thread::yield();
    worker.join();
    CHECK(undecided.asked == 1);
    CHECK(runner.summary().held == 2);

    // The next round.
    runner.add(undecided.devices);
    std::thread again([&] { runner.work(); });
    if (answer == UpdateDecision::later)
      while (!runner.permit(mac, true))
        std::this_thread::yield();
    again.join();
    CHECK(undecided.asked == 2);
    CHECK(undecided.server.count(kUpdate) == (answer == UpdateDecision::later ? 1 : 0));
  }
}

TEST_CASE("what is on record of one entry holds for all entries of the device") {
  TinyServer server(healthy, 1);
  Results results;
  Runner runner(updating(), results.callbacks());
  Device device = fleet(server, 1).front();
  Device other = device;
  other.key = "another entry of it";
  OnRecord on_record;
  UpdateRecord record;
  record.state = UpdateState::sent;
  record.from = "1.0.0";
  record.to = "1.7.5";
  record.sent_at = std::time(nullptr) - 2;
  on_record.ota = std::make_shared<const UpdateRecord>(record);
  other.on_record = std::make_shared<const OnRecord>(on_record);
  runner.add({device, other});
  runner.work();
  CHECK(results.all().size() == 2);
  CHECK(server.count(kUpdate) == 0);
  CHECK(runner.summary().updates == 0);
}

TEST_CASE("no word counts for a device that was removed") {
  Undecided undecided(1);
  Runner runner(updating(), undecided.callbacks);
  runner.add(undecided.devices);
  Worker worker(runner);
  while (undecided.asked == 0)
    worker.step(100ms);
  CHECK(runner.remove(undecided.devices.front().mac) == 1);
  CHECK_FALSE(runner.permit(undecided.devices.front().mac, true));
  while (worker.step(100ms) > 0) {
  }
  CHECK(undecided.server.count(kUpdate) == 0);
  CHECK(undecided.results.count_told_once() == 1);
}

namespace {

/// Writes everything down, and lets nothing leave in the end.
struct ClosedRecorder : UpdateRecorder {
  void write_down(const Device&, const UpdateRecord&, const UpdateRecord&, Done done) override {
    done(true);
  }
  bool may_leave(const Device&) noexcept override {
    ++asked;
    return false;
  }
  void give_up(const Device&) noexcept override {}
  void note_sent(const Device&, const UpdateRecord&) override {}
  bool may_be_sent() const override { return true; }
  Clock::duration lead() const override { return {}; }

  int asked = 0;
};

}  // namespace

TEST_CASE("nothing that writes leaves without the recorder's word, which comes last") {
  TinyServer server(healthy, 1);
  Config config = updating();
  Device device = device_at(server, 0);
  const char* call = kUpdate;
  SUBCASE("an update") {
    config.friendly.enabled = false;
  }
  SUBCASE("a name") {
    device.wanted_name = {WantedName::Kind::text, "Neu"};
    call = kSetName;
  }
  ClosedRecorder recorder;
  Results results;
  RunOptions options;
  options.recorder = &recorder;
  Runner runner(config, results.callbacks(), options);
  runner.add(device);
  runner.work();
  CHECK(recorder.asked == 1);
  CHECK(server.count(call) == 0);
  REQUIRE(results.all().size() == 1);
  CHECK_FALSE(results.all()[0].update_sent);
}
