#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include <stage3/device.hpp>

namespace stage3::run {

/// Who is asked next: the devices that wait, the places in flight and the addresses that are being
/// asked. Shared by all workers of a run; any thread.
class Board {
 public:
  /// `places`: devices in flight at most, >= 1.
  explicit Board(std::size_t places) : places_(places) {}

  void add(std::vector<Device> devices);

  /// The next device with a place in flight for it; none: no device may start now. Two devices at
  /// one address are never in flight together: the second one starts when the first is finished.
  std::optional<Device> start();

  /// Any waiting device, without a place: for telling it as cancelled.
  std::optional<Device> take_waiting();

  /// Frees the place of a device that stays unfinished without a connection.
  void pause();
  /// Takes a place again, even if that makes one too many: paused devices wait for a time of their
  /// own, which must not slip behind a whole fleet.
  void resume();

  /// The device is done: frees its place and its address.
  void finish(const Device& device);

  /// The process ran out of descriptors: one place fewer than are in use from now on. Returns how
  /// many are left.
  std::size_t shrink();

  bool has_waiting() const;

 private:
  void free_address(const Address& address);

  mutable std::mutex mutex_;
  std::size_t places_;
  std::size_t in_flight_ = 0;
  std::deque<Device> waiting_;
  /// Addresses in flight, each with the devices that wait for it.
  std::map<Address, std::vector<Device>> busy_;
  std::size_t blocked_ = 0;  ///< devices in busy_
};

}  // namespace stage3::run
