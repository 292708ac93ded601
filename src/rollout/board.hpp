#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include <stage3/device.hpp>

#include "rollout/address_answer.hpp"
#include "rollout/lines.hpp"
#include "rollout/slots.hpp"

namespace stage3::rollout {

/// Who is asked next: the devices that wait, the slots in flight, and the addresses and MACs that
/// are in flight.
///
/// Two devices with one address or one MAC (aliases count) are never in flight together. Those that
/// wait for an address while it is asked who it is are handed its answer instead of asking anew.
class Board {
 public:
  /// A device that waited for its address, and what that has said meanwhile.
  struct Answered {
    Device device;
    std::shared_ptr<const AddressAnswer> answer;
  };

  /// `slots`: devices in flight at most, >= 1.
  explicit Board(std::size_t slots) : slots_(slots) {}

  void add(std::vector<Device> devices);

  /// The next device with a slot in flight for it; none: no device may start now.
  std::optional<Device> start();

  /// The next device whose address has answered, without a slot: give it one with claim(), or back
  /// with put_back(), unless the answer was all that it came for.
  std::optional<Answered> take_answered();
  /// Takes a slot with the address and the MACs; false: there is none, or one of those is in
  /// flight.
  bool claim(const Device& device);
  /// It is the next to start, once it may. False: memory has run out, and it is the caller's still.
  bool put_back(Device& device) noexcept;

  /// Takes all waiting devices that may go by this MAC out of the queue, for take_taken_back().
  /// Returns how many. Looks at every device that waits.
  std::size_t take_back(const Mac& mac) noexcept;
  /// A device that was taken back, without a slot: to be reported as cancelled.
  std::optional<Device> take_taken_back();

  /// Any waiting device, without a slot: to be reported as cancelled.
  std::optional<Device> take_waiting();

  using Slot = Slots::Slot;

  /// Frees the slot of a device that stays unfinished without a connection.
  Slot pause();
  /// Takes a slot again for a paused or returning device, if one is free.
  Slot resume(Slot slot);
  /// The same, and frees its address and its MACs: it is expected to be gone for long.
  Slot leave(const Device& device);
  /// Takes address and MACs again, without a slot; false: one of them is in flight.
  bool come_back(const Device& device);
  /// Whether a device waits to take its slot again.
  bool has_returning() const;

  /// `device` is in flight and the right one at its address, which has given this answer: it serves
  /// those that wait for the address, but for entries of the same device. Whether there are any.
  bool share(const Device& device, std::shared_ptr<const AddressAnswer> answer);

  /// The device is done: frees what it has, its address and its MACs. `answer`: what its address
  /// has said, if the device is not there; it serves all that wait for the address.
  void finish(const Device& device, Slot slot,
              std::shared_ptr<const AddressAnswer> answer = nullptr) noexcept;

  /// The process ran out of descriptors: one slot fewer than are in use from now on. They come
  /// back, each after as many devices as there are slots have finished without a shortage.
  /// Returns how many are left if that is worth a word: the first time, and each time it is less
  /// than half of what was said last.
  std::optional<std::size_t> shrink();

  bool has_waiting() const;

 private:
  /// Those that an answer serves.
  struct Served {
    std::shared_ptr<const AddressAnswer> answer;
    std::list<Device> devices;
  };

  struct Hash {
    std::size_t operator()(const Address& address) const noexcept;
  };

  /// The line of this address; none: it is not waited for yet, or memory has run out.
  Line* line_at(const Device& device) noexcept;
  Device leave_queue();
  void serve(Line& line, std::uint64_t except,
             std::shared_ptr<const AddressAnswer> answer) noexcept;
  Slots slots_;
  Lines lines_;
  std::list<Device> waiting_;
  /// Addresses of devices in waiting_.
  std::unordered_set<Address, Hash> waited_for_;
  /// None without devices.
  std::list<Served> served_;
  std::list<Device> taken_back_;
};

}  // namespace stage3::rollout
