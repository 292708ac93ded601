// Runner::work(): everybody is told, once.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <stage3/error.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <thread>

#include "../temporary_directory.hpp"
#include "fleet.hpp"
#include "rollout/pacer.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

auto count_threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("nobody to ask") {
  Runner runner(quick(), {});
  runner.work();
  runner.work();
  CHECK(runner.summary().total == 0);
  CHECK_FALSE(runner.cancelled());
}

TEST_CASE("a configuration out of its range is refused before anybody is asked") {
  const auto complaint = [](void (*change)(Config&)) {
    TinyServer server(healthy);
    Config config = quick();
    change(config);
    std::string words;
    try {
      Runner runner(config, {});
      runner.add(fleet(server, 1));
      runner.work();
    } catch (const Error& error) {
      CHECK(error.code() == Errc::invalid_argument);
      words = error.what();
    }
    CHECK(server.asked().empty() == !words.empty());
    return words.substr(0, words.find(' '));
  };
  CHECK(complaint([](Config& c) { c.ota.timeout = 0s; }) == "ota.timeout");
  CHECK(complaint([](Config& c) { c.timeouts.rpc = stage3::Duration::max(); }) == "timeouts.rpc");
  CHECK(complaint([](Config& c) { c.ota.rate = std::nan(""); }) == "ota.rate");
  CHECK(complaint([](Config& c) { c.concurrency = 0; }) == "concurrency");
  CHECK(complaint([](Config& c) { c.ota.mode = static_cast<stage3::OtaMode>(2); }) == "ota.mode");
  CHECK(complaint([](Config& c) { c.friendly.field_name = "ip"; }) == "friendly.field_name");
  CHECK(complaint([](Config&) {}) == "");
}

TEST_CASE("each device is told once, with what it told") {
  constexpr std::size_t kDevices = 60;
  TinyServer server(healthy, kDevices);
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(fleet(server, kDevices));
  const auto before = std::time(nullptr);
  runner.work();
  CHECK(results.all().size() == kDevices);
  CHECK(results.count_told_once() == kDevices);
  for (const DeviceResult& result : results.all()) {
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.ota_status == OtaStatus::update_available);
    CHECK(result.friendly_status == FriendlyStatus::no_value);
    CHECK(result.app == "Plus1");
    CHECK(result.last_seen >= before);
    CHECK(result.finished_at >= result.last_seen);
  }
  // In sync already: two requests a device.
  CHECK(server.asked().size() == 2 * kDevices);
  const Summary summary = runner.summary();
  CHECK(summary.total == kDevices);
  CHECK(summary.ok == kDevices);
  CHECK(summary.reported() == kDevices);
  CHECK(summary.updates == 0);
}

TEST_CASE("the summary counts every kind of result") {
  TinyServer server(
      [](const Asked& asked) {
        if (asked.host == 1) return http(200, shelly::device_info(shelly_at(77)));
        if (asked.host == 2) return Sends{"", Sends::Then::close, {}};
        return healthy(asked);
      },
      3);
  Results results;
  Runner runner(quick(), results.callbacks());
  runner.add(fleet(server, 3));
  Device broken;
  broken.key = "broken";
  broken.defect = "no address";
  runner.add(broken);
  runner.work();
  const Summary summary = runner.summary();
  CHECK(summary.total == 4);
  CHECK(summary.ok == 1);
  CHECK(summary.failed == 2);
  CHECK(summary.offline == 1);
  CHECK(summary.cancelled == 0);
  for (const DeviceResult& result : results.all())
    if (result.outcome == Outcome::offline) CHECK(result.last_seen == 0);
}

TEST_CASE("no more devices are in flight than wanted") {
  constexpr std::size_t kDevices = 20;
  TinyServer server(healthy, kDevices);
  Config config = quick();
  config.concurrency = 3;
  Runner runner(config, {});
  runner.add(fleet(server, kDevices));
  runner.work();
  CHECK(runner.summary().ok == kDevices);
  CHECK(server.most_open() <= 3);
}

TEST_CASE("two entries with one address are asked one after the other") {
  TinyServer server(healthy);
  Results results;
  Runner runner(quick(), results.callbacks());
  for (std::size_t i = 0; i < 5; ++i) {
    Device device = device_at(server, 0);
    device.key = std::to_string(i);
    if (i != 3) device.mac = *Mac::parse(mac_of(100 + i));
    runner.add(device);
  }
  runner.work();
  CHECK(results.count(Outcome::ok) == 1);
  CHECK(results.count(Outcome::failed) == 4);
  CHECK(server.most_open() == 1);
  for (const DeviceResult& result : results.all())
    CHECK((result.outcome == Outcome::ok) == (result.device.key == "3"));
}

TEST_CASE("devices can be added from inside a callback") {
  TinyServer server(healthy, 10);
  std::size_t next = 1;
  Runner* self = nullptr;
  Results results;
  Callbacks callbacks;
  callbacks.on_result = [&](const DeviceResult& result) {
    results.take(result);
    CHECK(self->summary().total >= results.all().size());
    if (next < 10) self->add(device_at(server, next++));
  };
  Runner runner(quick(), callbacks);
  self = &runner;
  runner.add(device_at(server, 0));
  runner.work();
  CHECK(results.count_told_once() == 10);
}

TEST_CASE("several threads share the devices out") {
  constexpr std::size_t kDevices = 100;
  TinyServer server(healthy, kDevices);
  Results results;
  Config config = quick();
  config.concurrency = 16;
  Runner runner(config, results.callbacks());
  runner.add(fleet(server, kDevices));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { runner.work(); });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(results.all().size() == kDevices);
  CHECK(results.count_told_once() == kDevices);
  CHECK(results.count(Outcome::ok) == kDevices);
  CHECK(server.most_open() <= 16);
}

TEST_CASE("a thread without a device of its own waits for the others") {
  std::atomic<bool> release{false};
  TinyServer server([&](const Asked& asked) {
    while (!release)
      std::this_thread::sleep_for(1ms);
    return healthy(asked);
  });
  Runner runner(quick(), {});
  runner.add(device_at(server, 0));
  std::atomic<int> returned{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      runner.work();
      ++returned;
    });
  std::this_thread::sleep_for(50ms);
  CHECK(returned == 0);
  release = true;
  for (std::thread& thread : threads)
    thread.join();
  CHECK(runner.summary().ok == 1);
}

TEST_CASE("no thread is started") {
  TinyServer server(healthy, 10);
  const auto before = count_threads();
  Results results;
  Callbacks callbacks = results.callbacks();
  long most = 0;
  callbacks.on_result = [&](const DeviceResult&) { most = std::max<long>(most, count_threads()); };
  Runner runner(quick(), callbacks);
  runner.add(fleet(server, 10));
  runner.work();
  CHECK(most == before);
}

TEST_CASE("a dry run reads only") {
  TinyServer server(healthy, 3);
  Config config = quick();
  config.ota.mode = OtaMode::check_and_update;
  std::vector<Device> devices = fleet(server, 3);
  for (Device& device : devices)
    device.wanted_name = {WantedName::Kind::text, "Neu"};
  Results results;
  Runner runner(config, results.callbacks(), true);
  runner.add(devices);
  runner.work();
  CHECK(results.count(Outcome::ok) == 3);
  for (const DeviceResult& result : results.all())
    CHECK(result.name_changed);
  for (const Asked& asked : server.asked())
    CHECK_FALSE(shelly::writes(shelly::rpc_of(asked.target)));
}

TEST_CASE("passwords come from the caller, else from the secrets file") {
  TinyServer server([](const Asked& asked) {
    const bool is_let_in = asked.target != kCheck || !asked.field("Authorization").empty();
    return is_let_in ? healthy(asked) : wants_login(0);
  });
  TemporaryDirectory directory;
  Config config = quick();
  const auto outcome = [&](const PasswordSource& source) {
    Callbacks callbacks;
    callbacks.password_source = source;
    Runner runner(config, callbacks);
    runner.add(device_at(server, 0));
    runner.work();
    return runner.summary().ok == 1 ? "ok" : "failed";
  };
  CHECK(outcome({}) == std::string("failed"));
  config.auth.secrets_file = directory.write("secrets.yaml", "shelly:\n  password: geheim\n");
  CHECK(outcome({}) == std::string("ok"));
  CHECK(outcome([](const Mac&, std::string_view) { return std::nullopt; }) ==
        std::string("failed"));
  config.auth.secrets_file = directory.path("missing.yaml");
  CHECK_THROWS_AS(outcome({}), Error);
}

TEST_CASE("connections are paced") {
  constexpr std::size_t kDevices = 10;
  TinyServer server(healthy, kDevices);
  Config config = quick();
  config.network.connect_rate = 40;
  Runner runner(config, {});
  runner.add(fleet(server, kDevices));
  runner.add(fleet(server, kDevices));
  runner.add(fleet(server, kDevices));
  const auto begin = Clock::now();
  runner.work();
  // 60 requests, 40 of them in the first second.
  CHECK(server.asked().size() == 60);
  CHECK(Clock::now() - begin >= 1s);
}

namespace {

/// Runs a fleet with next to no descriptors; what is wrong with it, as an exit code.
int run_starved(const TinyServer& server, std::size_t devices) {
  Results results;
  Callbacks callbacks = results.callbacks();
  int warnings = 0;
  callbacks.on_log = [&](LogLevel level, std::string_view) {
    if (level == LogLevel::warning) ++warnings;
  };
  Config config = quick();
  config.concurrency = 1000;
  Runner runner(config, callbacks);
  Worker worker(runner);
  runner.add(fleet(server, devices));
  // Taken away only after the runner has counted them.
  const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                                  std::filesystem::directory_iterator());
  rlimit few{};
  getrlimit(RLIMIT_NOFILE, &few);
  few.rlim_cur = static_cast<rlim_t>(open + 8);
  if (setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
  worker.run();
  if (results.count_told_once() != devices) return 2;
  if (results.count(Outcome::ok) != devices) return 3;
  return warnings > 0 ? 0 : 4;
}

}  // namespace

TEST_CASE("few descriptors make a run slower, and lose nobody") {
  constexpr std::size_t kDevices = 80;
  TinyServer server(healthy, kDevices);
  // In a process of its own: the server needs descriptors too.
  const pid_t child = fork();
  if (child == 0) _exit(run_starved(server, kDevices));
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

namespace {

/// How many other requests come between the first and the last one of a device, with few
/// connections a second, in the middle of all devices: a machine with much else to do holds up this
/// one or that.
std::size_t requests_between(unsigned devices) {
  constexpr std::size_t kRate = 100;
  TinyServer server(healthy, devices);
  Config config = quick();
  config.concurrency = devices;
  config.network.connect_rate = kRate;
  Runner runner(config, {});
  runner.add(fleet(server, devices));
  runner.work();
  CHECK(runner.summary().ok == devices);

  std::map<std::size_t, std::size_t> first;
  std::vector<std::size_t> between;
  const auto asked = server.asked();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto [at, is_first] = first.emplace(asked[i].host, i);
    if (!is_first) between.push_back(i - at->second);
  }
  CHECK(asked.size() == 2 * devices);
  REQUIRE(between.size() == devices);
  std::sort(between.begin(), between.end());
  return between[devices / 2];
}

}  // namespace

TEST_CASE("with few connections a second a device goes on before others begin") {
  constexpr unsigned kDevices = 300;
  // About a burst of connections; about all, if others came first.
  CHECK(in_one_of_several_tries([](int) { return requests_between(kDevices) < kDevices / 2; }));
}
