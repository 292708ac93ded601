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
  explicit Board(std::size_t places) : most_places_(places), places_(places) {}

  void add(std::vector<Device> devices);

  /// The next device with a place in flight for it; none: no device may start now. Two devices at
  /// one address are never in flight together: the second one starts when the first is finished.
  std::optional<Device> start();

  /// Any waiting device, without a place: for telling it as cancelled.
  std::optional<Device> take_waiting();

  /// What a started device has.
  enum class Place {
    taken,     ///< one of the places in flight
    paused,    ///< none, and it needs none for now
    returning  ///< none, but it gets the next that is free: before any device that has not started
  };

  /// Frees the place of a device that stays unfinished without a connection.
  Place pause();
  /// Takes a place again for a paused or returning device, if one is free.
  Place resume(Place place);
  /// Whether a device waits to take its place again.
  bool has_returning() const;

  /// The device is done: frees what it has, and its address.
  void finish(const Device& device, Place place);

  /// The process ran out of descriptors: one place fewer than are in use from now on. They come
  /// back, each after as many devices as there are places have finished without a shortage.
  /// Returns how many are left if that is worth telling: the first time, and each time it is less
  /// than half of what was told last.
  std::optional<std::size_t> shrink();

  bool has_waiting() const;

 private:
  void free_address(const Address& address);
  void grow();

  mutable std::mutex mutex_;
  const std::size_t most_places_;
  std::size_t places_;
  std::size_t finished_well_ = 0;  ///< devices since places_ changed
  std::optional<std::size_t> places_told_;
  std::size_t in_flight_ = 0;
  std::size_t returning_ = 0;
  std::deque<Device> waiting_;
  /// Addresses in flight, each with the devices that wait for it.
  std::map<Address, std::vector<Device>> busy_;
  std::size_t blocked_ = 0;  ///< devices in busy_
};

}  // namespace stage3::run
