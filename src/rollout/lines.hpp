#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>

#include <stage3/device.hpp>

namespace stage3::rollout {

/// Those that wait for an address or a MAC. There as long as that is taken or waited for; while it
/// is not taken, a device that waits elsewhere will take it, or call the next one of the line.
struct Line {
  /// The number of the device that has it; 0: it is free.
  std::uint64_t holder = 0;
  std::list<Device> devices;

  bool is_taken() const { return holder != 0; }
};

/// Whether `mac` is one by which the device may go.
bool has_mac(const Device& device, const Mac& mac);

/// Moves the devices that `is_meant` holds for from one list to the end of another. Returns how
/// many.
template <class Predicate>
std::size_t move_if(std::list<Device>& from, std::list<Device>& to, Predicate is_meant) {
  std::size_t count = 0;
  for (auto device = from.begin(); device != from.end();) {
    const auto next = std::next(device);
    if (is_meant(*device)) {
      to.splice(to.end(), from, device);
      ++count;
    }
    device = next;
  }
  return count;
}

/// The addresses and MACs that are in flight, and who waits for one of them. An entry that cannot
/// be used has none.
class Lines {
 public:
  /// The line that a device must wait in, the address' first: there it may be served.
  Line* taken_by_another(const Device& device);
  void take(const Device& device);
  void release(const Device& device);

  Line* at(const Address& address);
  /// The line at the address, made if there is none. Throws std::bad_alloc.
  Line& make_at(const Address& address) { return addresses_[address]; }

  /// Puts the first one of `from` at the end of a line.
  void enter(Line& line, std::list<Device>& from) noexcept;
  /// Moves a line's devices to the end of `to`, but for those that share a MAC with the holder
  /// `except`: both may be of one device. 0: all of them.
  void leave(Line& line, std::uint64_t except, std::list<Device>& to) noexcept;

  /// Moves the first one of each line of the device's that nobody holds to the front of `queue`:
  /// it was there first. One, not all: they would only queue up again.
  void call_next(const Device& device, std::list<Device>& queue);

  /// Moves all with this MAC to the end of `to`. Returns how many.
  std::size_t take_back(const Mac& mac, std::list<Device>& to) noexcept;
  /// Moves all to the end of `to`: nobody will be called any more.
  void empty_into(std::list<Device>& to);

 private:
  bool share_a_mac(const Device& device, std::uint64_t holder) const;

  /// Devices in lines.
  std::size_t waiting_ = 0;
  std::uint64_t holders_ = 0;
  std::map<Address, Line> addresses_;
  std::map<Mac, Line> macs_;
};

}  // namespace stage3::rollout
