#include "rollout/board.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../rounds.hpp"
#include "failing_memory.hpp"

using namespace stage3;
using rollout::AddressAnswer;
using rollout::Board;
using Slot = rollout::Board::Slot;

namespace {

/// A MAC of its own for each name.
Mac mac(const std::string& name) {
  char text[32];
  std::snprintf(text, sizeof text, "%012zx", std::hash<std::string>()(name) & 0xffffffffffff);
  return *Mac::parse(text);
}

Device device(const std::string& key, const std::string& address, const std::string& mac_of = {}) {
  Device out;
  out.key = key;
  out.mac = mac(mac_of.empty() ? key : mac_of);
  out.address = *Address::parse(address);
  return out;
}

Device with_alias(Device device, const std::string& mac_of) {
  device.aliases.push_back(mac(mac_of));
  return device;
}

std::shared_ptr<const AddressAnswer> an_answer() {
  return std::make_shared<AddressAnswer>(true);
}

/// The keys of those that the board has an answer for, in order.
std::vector<std::string> take_answered(Board& board) {
  std::vector<std::string> keys;
  while (const auto next = board.take_answered())
    keys.push_back(next->device.key);
  return keys;
}

/// The key of the next device, "" if none may start.
std::string start(Board& board) {
  const auto next = board.start();
  return next ? next->key : "";
}

}  // namespace

TEST_CASE("devices start in the order they were added") {
  Board board(10);
  CHECK(start(board) == "");
  board.add({device("a", "192.0.2.1"), device("b", "192.0.2.2")});
  board.add({device("c", "192.0.2.3")});
  CHECK(start(board) == "a");
  CHECK(start(board) == "b");
  CHECK(start(board) == "c");
  CHECK(start(board) == "");
}

TEST_CASE("no more than the slots are in flight") {
  Board board(2);
  board.add({device("a", "192.0.2.1"), device("b", "192.0.2.2"), device("c", "192.0.2.3")});
  CHECK(start(board) == "a");
  CHECK(board.has_waiting());
  CHECK(start(board) == "b");
  CHECK(start(board) == "");
  CHECK_FALSE(board.has_waiting());
  board.finish(device("a", "192.0.2.1"), Slot::taken);
  CHECK(board.has_waiting());
  CHECK(start(board) == "c");
}

TEST_CASE("one address is asked by one device after the other, in order") {
  Board board(10);
  board.add({device("a1", "192.0.2.1"), device("a2", "192.0.2.1"), device("b", "192.0.2.2"),
             device("a3", "192.0.2.1"), device("other port", "192.0.2.1:81")});
  CHECK(start(board) == "a1");
  CHECK(start(board) == "b");
  CHECK(start(board) == "other port");
  CHECK(start(board) == "");
  board.add({device("c", "192.0.2.3")});
  board.finish(device("a1", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "a2");
  CHECK(start(board) == "c");
  CHECK(start(board) == "");
  board.finish(device("a2", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "a3");
  board.finish(device("a3", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "");
}

TEST_CASE("an entry that cannot be used blocks no address") {
  Board board(10);
  Device broken = device("x", "192.0.2.1");
  broken.defect = "no address";
  board.add({broken, device("a", "192.0.2.1"), broken});
  CHECK(start(board) == "x");
  CHECK(start(board) == "a");
  CHECK(start(board) == "x");
  board.finish(broken, Slot::taken);
  board.add({device("a2", "192.0.2.1")});
  CHECK(start(board) == "");
  board.finish(device("a", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "a2");
}

TEST_CASE("a paused device lends its slot, not its address") {
  Board board(1);
  board.add({device("a", "192.0.2.1"), device("a2", "192.0.2.1"), device("b", "192.0.2.2"),
             device("c", "192.0.2.3")});
  CHECK(start(board) == "a");
  CHECK(board.pause() == Slot::paused);
  CHECK(start(board) == "b");
  CHECK(start(board) == "");
  board.finish(device("a", "192.0.2.1"), Slot::paused);
  CHECK(start(board) == "");
  board.finish(device("b", "192.0.2.2"), Slot::taken);
  CHECK(start(board) == "a2");
}

TEST_CASE("a paused device gets the next free slot, before any that has not started") {
  Board board(1);
  board.add({device("a", "192.0.2.1"), device("b", "192.0.2.2"), device("c", "192.0.2.3")});
  CHECK(start(board) == "a");
  CHECK(board.pause() == Slot::paused);
  CHECK(start(board) == "b");
  CHECK_FALSE(board.has_returning());
  CHECK(board.resume(Slot::paused) == Slot::returning);
  CHECK(board.has_returning());
  CHECK(board.resume(Slot::returning) == Slot::returning);
  board.finish(device("b", "192.0.2.2"), Slot::taken);
  CHECK_FALSE(board.has_waiting());
  CHECK(start(board) == "");
  CHECK(board.resume(Slot::returning) == Slot::taken);
  CHECK_FALSE(board.has_returning());
  CHECK(start(board) == "");
  board.finish(device("a", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "c");

  // One that ends while it waits for its slot gives its turn up.
  Board other(1);
  other.add({device("a", "192.0.2.1"), device("b", "192.0.2.2"), device("c", "192.0.2.3")});
  CHECK(start(other) == "a");
  CHECK(other.pause() == Slot::paused);
  CHECK(start(other) == "b");
  CHECK(other.resume(Slot::paused) == Slot::returning);
  other.finish(device("a", "192.0.2.1"), Slot::returning);
  other.finish(device("b", "192.0.2.2"), Slot::taken);
  CHECK(start(other) == "c");
}

TEST_CASE("waiting devices can be taken without a slot, blocked ones as well") {
  Board board(1);
  board.add({device("a", "192.0.2.1"), device("a2", "192.0.2.1"), device("b", "192.0.2.2")});
  CHECK(start(board) == "a");
  CHECK(start(board) == "");
  int taken = 0;
  while (board.take_waiting())
    ++taken;
  CHECK(taken == 2);
  board.finish(device("a", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "");
}

TEST_CASE("blocked devices can be taken while their address is in flight") {
  Board board(5);
  board.add({device("a", "192.0.2.1"), device("a2", "192.0.2.1"), device("a3", "192.0.2.1")});
  CHECK(start(board) == "a");
  CHECK(start(board) == "");
  CHECK(board.take_waiting());
  board.finish(device("a", "192.0.2.1"), Slot::taken);
  CHECK(start(board) != "");
  CHECK(start(board) == "");
}

TEST_CASE("shrinking leaves one slot fewer than are in use, and at least one") {
  Board board(100);
  for (int i = 1; i <= 5; ++i)
    board.add({device(std::to_string(i), "192.0.2." + std::to_string(i))});
  for (int i = 1; i <= 3; ++i)
    start(board);
  CHECK(board.shrink() == 2);
  CHECK(start(board) == "");
  board.finish(device("1", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "");
  board.shrink();
  board.shrink();
  board.finish(device("2", "192.0.2.2"), Slot::taken);
  CHECK(start(board) == "4");
  CHECK(start(board) == "");
}

TEST_CASE("slots come back while descriptors suffice") {
  Board board(4);
  const auto use_all_slots = [&] {
    int used = 0;
    while (start(board) != "")
      ++used;
    return used;
  };
  for (int i = 0; i < 60; ++i)
    board.add({device(std::to_string(i), "192.0.2." + std::to_string(i))});
  CHECK(use_all_slots() == 4);
  board.shrink();
  board.shrink();  // two slots
  std::vector<int> slots;
  for (int finished = 0; finished < 12; ++finished) {
    board.finish(device(std::to_string(finished), "192.0.2." + std::to_string(finished)),
                 Slot::taken);
    slots.push_back(use_all_slots());
  }
  // After two devices there is a third slot, after three more the fourth, and never a fifth.
  CHECK(slots == std::vector<int>{0, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("a shortage is told once, and again when it has become twice as bad") {
  Board board(100);
  for (int i = 1; i <= 20; ++i)
    board.add({device(std::to_string(i), "192.0.2." + std::to_string(i))});
  while (start(board) != "") {
  }
  std::vector<std::size_t> told;
  for (int i = 0; i < 25; ++i) {
    if (const auto slots = board.shrink()) told.push_back(*slots);
    if (i < 20)
      board.finish(device(std::to_string(i + 1), "192.0.2." + std::to_string(i + 1)), Slot::taken);
  }
  CHECK(told == std::vector<std::size_t>{19, 8, 3});
}

TEST_CASE("one MAC is asked by one device after the other, in order, aliases count") {
  Board board(10);
  board.add({device("a1", "192.0.2.1", "m"), device("a2", "192.0.2.2", "m"),
             with_alias(device("a3", "192.0.2.3"), "m"), device("b", "192.0.2.4"),
             device("a4", "192.0.2.5", "a3")});
  CHECK(start(board) == "a1");
  CHECK(start(board) == "b");
  // It is an alias of one that waits, not of one that is in flight.
  CHECK(start(board) == "a4");
  CHECK(start(board) == "");
  board.finish(device("a1", "192.0.2.1", "m"), Slot::taken);
  CHECK(start(board) == "a2");
  CHECK(start(board) == "");
  board.finish(device("a2", "192.0.2.2", "m"), Slot::taken);
  CHECK(start(board) == "");
  board.finish(device("a4", "192.0.2.5", "a3"), Slot::taken);
  CHECK(start(board) == "a3");
}

TEST_CASE("who waits for two things starts once both are free, and holds up nobody meanwhile") {
  Board board(10);
  const Device at1 = device("at1", "192.0.2.1");
  const Device m = device("m", "192.0.2.2");
  board.add({at1, m, device("both", "192.0.2.1", "m"), device("next", "192.0.2.1")});
  CHECK(start(board) == "at1");
  CHECK(start(board) == "m");
  CHECK(start(board) == "");
  board.finish(at1, Slot::taken);
  // "both" is called first, but its MAC is not free.
  CHECK(start(board) == "next");
  CHECK(start(board) == "");
  board.finish(m, Slot::taken);
  CHECK(start(board) == "");
  board.finish(device("next", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "both");
}

TEST_CASE("an address that answers serves all that wait for it, in order") {
  Board board(10);
  const Device a1 = device("a1", "192.0.2.1");
  board.add({a1, device("a2", "192.0.2.1"), device("b", "192.0.2.2"), device("a3", "192.0.2.1"),
             device("a4", "192.0.2.1", "a1")});
  CHECK(start(board) == "a1");
  CHECK(start(board) == "b");
  CHECK(start(board) == "");
  SUBCASE("the right one is there: not other entries of the same device") {
    CHECK(board.share(a1, an_answer()));
    CHECK(take_answered(board) == std::vector<std::string>{"a2", "a3"});
    board.finish(a1, Slot::taken);
    CHECK(start(board) == "a4");
  }
  SUBCASE("somebody else or nobody is there: all of them") {
    board.finish(a1, Slot::taken, an_answer());
    CHECK(take_answered(board) == std::vector<std::string>{"a2", "a3", "a4"});
    CHECK(start(board) == "");
  }
  SUBCASE("no answer") {
    board.finish(a1, Slot::taken);
    CHECK(take_answered(board).empty());
    CHECK(start(board) == "a2");
  }
}

TEST_CASE("who came too late for an answer asks for another one") {
  Board board(10);
  const Device a1 = device("a1", "192.0.2.1");
  board.add({a1});
  CHECK(start(board) == "a1");
  CHECK_FALSE(board.share(a1, an_answer()));
  board.add({device("a2", "192.0.2.1")});
  CHECK(start(board) == "");
  board.finish(a1, Slot::taken);
  CHECK(take_answered(board).empty());
  CHECK(start(board) == "a2");
}

TEST_CASE("the right one of those that were served goes on, one at a time") {
  Board board(1);
  const Device a1 = device("a1", "192.0.2.1");
  const Device a2 = device("a2", "192.0.2.1");
  const Device a3 = device("a3", "192.0.2.1");
  board.add({a1, a2, a3, device("b", "192.0.2.2")});
  CHECK(start(board) == "a1");
  board.finish(a1, Slot::taken, an_answer());
  CHECK(board.has_waiting());
  CHECK(take_answered(board) == std::vector<std::string>{"a2", "a3"});
  CHECK(board.claim(a2));
  CHECK_FALSE(board.claim(a3));
  Device back = a3;
  if (FailingMemory::works()) {
    const FailingMemory failing(1);
    CHECK_FALSE(board.put_back(back));
    CHECK(back.key == "a3");
  }
  CHECK(board.put_back(back));
  CHECK(start(board) == "");
  board.finish(a2, Slot::taken);
  CHECK(start(board) == "a3");
  board.finish(a3, Slot::taken);
  CHECK(start(board) == "b");
}

TEST_CASE("those that were served can be taken as well") {
  Board board(10);
  const Device a1 = device("a1", "192.0.2.1");
  board.add({a1, device("a2", "192.0.2.1"), device("a3", "192.0.2.9", "a1")});
  CHECK(start(board) == "a1");
  CHECK(start(board) == "");
  CHECK(board.share(a1, an_answer()));
  CHECK(board.take_waiting());
  CHECK(board.take_waiting());
  CHECK_FALSE(board.take_waiting());
  board.finish(a1, Slot::taken);
  CHECK_FALSE(board.has_waiting());
}

TEST_CASE("two entries of many aliases at one address cost what their aliases cost") {
  constexpr std::uint64_t kAliases = 80000;
  const auto with_many = [](const std::string& key, std::uint64_t from) {
    Device out = device(key, "192.0.2.1");
    for (std::uint64_t i = from; i < from + kAliases; ++i) {
      char text[32];
      std::snprintf(text, sizeof text, "%012llx", static_cast<unsigned long long>(i));
      out.aliases.push_back(*Mac::parse(text));
    }
    return out;
  };
  // What this thread computes: others may want the machine, too.
  const auto time_of = [](const auto& what) {
    const std::clock_t begin = std::clock();
    what();
    return std::clock() - begin;
  };
  const Device a = with_many("a", 0);
  const Device b = with_many("b", kAliases);
  Board board(10);
  board.add({a, b});
  // Taking the MACs is one look-up for each, however slow the machine.
  const auto start_time = time_of([&] { CHECK(start(board) == "a"); });
  const auto share_time = time_of([&] { CHECK(board.share(a, an_answer())); });
  CHECK(share_time < 10 * start_time);
  CHECK(take_answered(board) == std::vector<std::string>{"b"});
}

TEST_CASE("whoever waits can be taken back, wherever that is") {
  Board board(10);
  const Device a1 = device("a1", "192.0.2.1");
  const Device b = device("b", "192.0.2.1", "gone");
  board.add({a1, b, device("c", "192.0.2.3", "a1")});
  CHECK(start(board) == "a1");
  CHECK(start(board) == "");
  SUBCASE("in the line of an address") {
    CHECK(board.take_back(mac("gone")) == 1);
  }
  SUBCASE("with an answer") {
    CHECK(board.share(a1, an_answer()));
    CHECK(board.take_back(mac("gone")) == 1);
    CHECK_FALSE(board.has_waiting());
  }
  SUBCASE("in the queue, by an alias") {
    board.add({with_alias(device("d", "192.0.2.4"), "gone")});
    CHECK(board.take_back(mac("gone")) == 2);
    CHECK(board.take_taken_back());
  }
  SUBCASE("in the line of a MAC, where only who waits is meant") {
    CHECK(board.take_back(mac("a1")) == 1);
    CHECK(board.take_back(mac("a1")) == 0);
  }
  CHECK(board.take_taken_back());
  CHECK_FALSE(board.take_taken_back());
}

TEST_CASE("who waited behind one that is taken back is called in its place") {
  Board board(1);
  const Device first = device("first", "192.0.2.9");
  board.add({first, device("a", "192.0.2.1"), device("b", "192.0.2.1"), device("c", "192.0.2.2")});
  CHECK(start(board) == "first");
  CHECK(board.take_back(mac("a")) == 1);
  board.finish(first, Slot::taken);
  CHECK(start(board) == "b");
  board.finish(device("b", "192.0.2.1"), Slot::taken);
  CHECK(start(board) == "c");
}

namespace {

bool conflict(const Device& a, const Device& b) {
  if (a.address == b.address || a.mac == b.mac) return true;
  const auto has = [](const Device& device, const Mac& mac) {
    return device.mac == mac || (!device.aliases.empty() && device.aliases.front() == mac);
  };
  return (!b.aliases.empty() && has(a, b.aliases.front())) || has(b, a.mac) || has(a, b.mac) ||
         (!a.aliases.empty() && has(b, a.aliases.front()));
}

/// Devices of a few addresses and MACs on their way through a board in any order.
class Traffic {
 public:
  explicit Traffic(unsigned seed) : random_(seed), board_(1 + random_() % 5) {}

  /// Everything happens for a while; then all must come to their end. What is wrong with it.
  std::string play() {
    for (int turn = 0; turn < 60; ++turn)
      if (!step(turn < 40)) return "two in flight that conflict";
    while (!in_flight_.empty() || board_.has_waiting())
      if (!step(false)) return "two in flight that conflict";
    if (miscounted_) return "more or fewer were taken back than told";
    return done_ == added_ ? "" : "devices are lost";
  }

 private:
  bool once_in(unsigned n) { return random_() % n == 0; }

  Device any_device() {
    Device out = device(std::to_string(added_++), "192.0.2." + std::to_string(1 + random_() % 3),
                        "m" + std::to_string(random_() % 4));
    if (once_in(3)) out.aliases.push_back(mac("m" + std::to_string(random_() % 4)));
    return out;
  }

  bool begin(Device device) {
    for (const Device& other : in_flight_)
      if (conflict(device, other)) return false;
    in_flight_.push_back(std::move(device));
    return true;
  }

  void end() {
    const auto one = in_flight_.begin() + static_cast<long>(random_() % in_flight_.size());
    board_.finish(*one, Slot::taken, once_in(2) ? an_answer() : nullptr);
    in_flight_.erase(one);
    ++done_;
  }

  void take_back() {
    const std::size_t count = board_.take_back(mac("m" + std::to_string(random_() % 4)));
    std::size_t taken = 0;
    while (board_.take_taken_back())
      ++taken;
    if (taken != count) miscounted_ = true;
    done_ += taken;
  }

  bool step(bool adds) {
    if (adds && once_in(2)) board_.add({any_device(), any_device()});
    if (once_in(6)) take_back();
    if (!in_flight_.empty() && once_in(4)) board_.share(in_flight_.front(), an_answer());
    if (auto answered = board_.take_answered()) {
      if (once_in(2))
        ++done_;  // it is not there
      else if (board_.claim(answered->device))
        return begin(answered->device);
      else
        board_.put_back(answered->device);
    }
    if (once_in(2)) {
      if (auto next = board_.start()) return begin(std::move(*next));
    }
    if (!in_flight_.empty() && once_in(2)) end();
    return true;
  }

  std::mt19937 random_;
  Board board_;
  std::vector<Device> in_flight_;
  std::size_t added_ = 0;
  std::size_t done_ = 0;
  bool miscounted_ = false;
};

}  // namespace

TEST_CASE("whatever the order: nobody is lost, and nobody meets who it must not") {
  std::string broken;
  for (int seed = 0; seed < rounds(5000) && broken.empty(); ++seed) {
    const std::string wrong = Traffic(static_cast<unsigned>(seed)).play();
    if (!wrong.empty()) broken = std::to_string(seed) + ": " + wrong;
  }
  CHECK(broken == "");
}
