// What a run keeps of each device that is away, its update being installed.

#include <doctest/doctest.h>

#include "../rollout/failing_memory.hpp"
#include "fleet.hpp"

using namespace stage3;

namespace {

/// A device that is left out says what the others cost.
std::size_t kept_with_all_away(std::size_t devices) {
  TinyServer server(healthy, devices);
  Config config = updating();
  config.ota.wait = true;
  config.ota.quiet = 10 * kPatience;
  config.concurrency = 4;
  std::size_t away = 0;
  Callbacks callbacks;
  callbacks.on_event = [&away](DeviceEvent event, const Device&) {
    away += event == DeviceEvent::update_away ? 1 : 0;
  };
  Runner runner(config, callbacks);
  runner.add(fleet(server, devices));
  const std::size_t waiting = kept_memory();
  Worker worker(runner);
  CHECK(step_until(worker, [&] { return away == devices; }));
  CHECK(worker.step(std::chrono::milliseconds(0)) == devices);
  const std::size_t for_all = kept_memory() - waiting;
  runner.cancel();
  CHECK(step_until(worker, [&] { return runner.summary().reported() == devices; }));
  CHECK(runner.summary().updates == devices);
  return for_all;
}

}  // namespace

TEST_CASE("a device that is away costs less than 1 KiB more than one that waits for its turn" *
          doctest::skip(!FailingMemory::works())) {
  constexpr std::size_t kFew = 20;
  constexpr std::size_t kMany = 120;
  const std::size_t few = kept_with_all_away(kFew);
  const std::size_t each = (kept_with_all_away(kMany) - few) / (kMany - kFew);
  CAPTURE(each);
  CHECK(each > 200);
  CHECK(each < 1024);
}
