#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "../rollout/failing_memory.hpp"
#include "run/decisions.hpp"
#include "run/task.hpp"

using namespace stage3;
using run::Decisions;

namespace {

Mac mac_from(const char* text) {
  return *Mac::parse(text);
}

Device device_of(const char* its_mac, std::vector<Mac> aliases = {}) {
  Device device;
  device.mac = mac_from(its_mac);
  device.aliases = std::move(aliases);
  return device;
}

/// A worker, as far as decisions are concerned, with a task of its own.
struct WorkerOfOne {
  Decisions decisions;
  std::atomic<int> wakes{0};
  Decisions::Inbox inbox{decisions, [this] { ++wakes; }};
  const Policy policy{};
  Device device = device_of("020000000001", {mac_from("020000000002")});
  const Device same = device;
  run::Task task{policy, device};

  Decisions::Ticket expect_for_device() { return decisions.expect(inbox, task, same); }
};

}  // namespace

TEST_CASE("a word comes once, and to its task") {
  WorkerOfOne worker;
  const auto ticket = worker.decisions.expect(worker.inbox, worker.task);
  CHECK(ticket != 0);
  CHECK_FALSE(worker.decisions.take(worker.inbox));
  CHECK(worker.decisions.decide(ticket, true));
  CHECK(worker.wakes == 1);
  CHECK_FALSE(worker.decisions.decide(ticket, false));
  const auto decision = worker.decisions.take(worker.inbox);
  REQUIRE(decision);
  CHECK(decision->task == &worker.task);
  CHECK(decision->yes);
  CHECK_FALSE(worker.decisions.take(worker.inbox));
  CHECK_FALSE(worker.decisions.decide(ticket, true));
  CHECK(worker.wakes == 1);
}

TEST_CASE("a device is known by all its MACs, once") {
  for (const char* name : {"020000000001", "020000000002"}) {
    WorkerOfOne worker;
    worker.expect_for_device();
    CHECK_FALSE(worker.decisions.decide(mac_from("020000000003"), true));
    CHECK(worker.decisions.decide(mac_from(name), false));
    CHECK_FALSE(worker.decisions.decide(mac_from("020000000001"), true));
    CHECK_FALSE(worker.decisions.decide(mac_from("020000000002"), true));
    const auto decision = worker.decisions.take(worker.inbox);
    REQUIRE(decision);
    CHECK_FALSE(decision->yes);
  }
}

TEST_CASE("a word about being written down comes by its ticket only") {
  WorkerOfOne worker;
  worker.decisions.expect(worker.inbox, worker.task);
  CHECK_FALSE(worker.decisions.decide(mac_from("020000000001"), true));
  CHECK_FALSE(worker.decisions.decide(Decisions::Ticket{0}, true));
}

TEST_CASE("what is forgotten is decided by nobody, also with its word in the inbox") {
  WorkerOfOne worker;
  const auto first = worker.expect_for_device();
  worker.decisions.forget(first);
  CHECK_FALSE(worker.decisions.decide(mac_from("020000000001"), true));
  const auto second = worker.expect_for_device();
  CHECK(worker.decisions.decide(mac_from("020000000001"), true));
  worker.decisions.forget(second);
  CHECK_FALSE(worker.decisions.take(worker.inbox));
  const auto third = worker.expect_for_device();
  CHECK(third != second);
  CHECK_FALSE(worker.decisions.take(worker.inbox));
}

TEST_CASE("a word for a worker that is gone reaches nobody") {
  WorkerOfOne worker;
  Decisions::Ticket ticket = 0;
  {
    Decisions::Inbox other(worker.decisions, [] { FAIL("nobody is there to be woken"); });
    ticket = worker.decisions.expect(other, worker.task, worker.same);
  }
  CHECK_FALSE(worker.decisions.decide(ticket, true));
  CHECK_FALSE(worker.decisions.decide(mac_from("020000000001"), true));
}

TEST_CASE("a word needs no memory, and one that cannot be expected leaves nothing behind" *
          doctest::skip(!FailingMemory::works())) {
  WorkerOfOne worker;
  std::size_t nth = 1;
  for (bool has_failed = true; has_failed; ++nth) {
    const FailingMemory failing(nth);
    try {
      worker.decisions.forget(worker.expect_for_device());
    } catch (const std::bad_alloc&) {
    }
    has_failed = failing.has_failed();
    CHECK_FALSE(worker.decisions.decide(mac_from("020000000002"), true));
  }
  CHECK(nth > 3);
  const auto ticket = worker.expect_for_device();
  const FailingMemory failing(1);
  const bool is_decided = worker.decisions.decide(ticket, true);
  const auto decision = worker.decisions.take(worker.inbox);
  const bool has_failed = failing.has_failed();
  CHECK(is_decided);
  CHECK(decision);
  CHECK_FALSE(has_failed);
}

TEST_CASE("of many threads that decide at once one does") {
  WorkerOfOne worker;
  for (int round = 0; round < 200; ++round) {
    worker.expect_for_device();
    std::atomic<int> decided{0};
    std::vector<std::thread> threads;
    for (const bool yes : {true, false})
      threads.emplace_back(
          [&, yes] { decided += worker.decisions.decide(mac_from("020000000001"), yes) ? 1 : 0; });
    std::optional<Decisions::Decision> taken;
    while (!taken)
      taken = worker.decisions.take(worker.inbox);
    for (std::thread& thread : threads)
      thread.join();
    CHECK(decided == 1);
    CHECK_FALSE(worker.decisions.take(worker.inbox));
  }
}
