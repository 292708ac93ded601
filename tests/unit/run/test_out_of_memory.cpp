// Whatever allocation fails: each device is told or counted, and nothing is waited for that nobody
// has any more.

#include <doctest/doctest.h>

#include <list>
#include <new>
#include <utility>

#include "../rollout/failing_memory.hpp"
#include "fleet.hpp"
#include "run/recorder.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kStarvedDevices = 5;

/// Some at addresses of their own, some at one that is another's.
std::vector<Device> devices_of(const TinyServer& server) {
  std::vector<Device> devices = fleet(server, 3);
  for (std::size_t host = 3; host < kStarvedDevices; ++host) {
    devices.push_back(device_at(server, host));
    devices.back().address = server.address(0);
  }
  return devices;
}

/// Whether the run comes to its end: a worker finds nothing left to do.
bool comes_to_an_end(Runner& runner) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Worker worker(runner);
  while (worker.step(10ms) > 0)
    if (std::chrono::steady_clock::now() > deadline) return false;
  return true;
}

}  // namespace

TEST_CASE("no device is lost when memory runs out, whenever that is" *
          doctest::skip(!FailingMemory::works())) {
  TinyServer server(healthy);
  std::size_t nth = 1;
  for (bool has_failed = true; has_failed; ++nth) {
    CAPTURE(nth);
    Runner runner(quick(), Callbacks());
    runner.add(devices_of(server));
    {
      const FailingMemory failing(nth);
      try {
        runner.work();
      } catch (const std::bad_alloc&) {
        CHECK(failing.has_failed());
      }
      has_failed = failing.has_failed();
    }
    REQUIRE(comes_to_an_end(runner));
    const Summary summary = runner.summary();
    CHECK(summary.ok + summary.failed + summary.offline + summary.cancelled == kStarvedDevices);
  }
  CHECK(nth > 100);
}

namespace {

/// Writes down in memory, when it is asked to: what a job does with a file.
class Notebook : public UpdateRecorder {
 public:
  void write_down(const Device& /*device*/, const UpdateRecord& /*record*/,
                  const UpdateRecord& /*before*/, Done done) override {
    waiting_.push_back(std::move(done));
  }
  bool may_leave(const Device& /*device*/) noexcept override { return true; }
  void give_up(const Device& /*device*/) noexcept override {}
  void note_sent(const Device& /*device*/, const UpdateRecord& /*record*/) override {}
  bool may_be_sent() const override { return true; }
  Clock::duration lead() const override { return Clock::duration::zero(); }
  void save() {
    std::list<Done> saved;
    saved.swap(waiting_);
    for (const Done& done : saved)
      done(true);
  }

 private:
  std::list<Done> waiting_;
};

}  // namespace

TEST_CASE("no update is waited for in vain when memory runs out, whenever that is" *
          doctest::skip(!FailingMemory::works())) {
  TinyServer server(healthy);
  std::size_t nth = 1;
  for (bool has_failed = true; has_failed; ++nth) {
    CAPTURE(nth);
    Notebook notebook;
    Runner* its = nullptr;
    Callbacks callbacks;
    callbacks.on_update = [&its](const UpdateRequest& request) {
      CHECK(its->permit(request.device.mac, true));
      return UpdateDecision::later;
    };
    RunOptions options;
    options.recorder = &notebook;
    Runner runner(updating(), callbacks, options);
    its = &runner;
    runner.add(device_at(server, 0));
    {
      Worker worker(runner);
      const FailingMemory failing(nth);
      try {
        while (worker.step(10ms) > 0)
          notebook.save();
      } catch (const std::bad_alloc&) {
        CHECK(failing.has_failed());
      }
      has_failed = failing.has_failed();
    }
    REQUIRE(comes_to_an_end(runner));
    const Summary summary = runner.summary();
    CHECK(summary.reported() == 1);
  }
  CHECK(nth > 50);
}
