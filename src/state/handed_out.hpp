#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <stage3/device.hpp>

#include "base/mutex.hpp"

namespace stage3::state {

/// The devices of a store as it has last handed them out. What was on record of a device then is
/// what whoever asks it goes by: it is no news to him. Every method may be called from any thread.
class HandedOut {
 public:
  using List = std::shared_ptr<const std::vector<Device>>;

  explicit HandedOut(std::vector<Device> loaded)
      : list_(std::make_shared<const std::vector<Device>>(std::move(loaded))) {}

  /// All of them. What has been handed out stays as it is: a new list is made where one has
  /// changed.
  List list();
  /// As of some time: for what never changes of a device, which is all but the two of put().
  List fixed() const;
  Device at(std::size_t index) const;
  /// What stood on record of it; null: nothing.
  std::shared_ptr<const OnRecord> on_record(std::size_t index) const;

  /// From now on it is handed out with that on record, and that defect.
  void put(std::size_t index, std::shared_ptr<const OnRecord> on_record, std::string defect);

 private:
  mutable Mutex mutex_;
  List list_ STAGE3_GUARDED_BY(mutex_);
  /// Those that have changed since the list was made: who asks for one after the other shall not
  /// have it made anew each time.
  std::map<std::size_t, Device> changed_ STAGE3_GUARDED_BY(mutex_);
};

}  // namespace stage3::state
