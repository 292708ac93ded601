#pragma once

#include <functional>

#include <stage3/device.hpp>

#include "base/clock.hpp"

namespace stage3 {

/// Where it is written down, durably, that an update is about to be sent.
class UpdateRecorder {
 public:
  UpdateRecorder() = default;
  UpdateRecorder(const UpdateRecorder&) = delete;
  UpdateRecorder& operator=(const UpdateRecorder&) = delete;
  virtual ~UpdateRecorder() = default;

  /// Whether it is. Any thread, once.
  using Done = std::function<void(bool is_recorded)>;

  /// `record` has the key that the device was asked with, to be on record with it. Any worker's
  /// thread. `done` may be called from inside.
  virtual void write_down(const Device& device, const UpdateRecord& record, Done done) = 0;

  /// The update has left, and its end is waited for: what is known of it by now, that the device
  /// has said yes above all, is to be on record before long, and not only with the result. Any
  /// worker's thread.
  virtual void note_sent(const Device& device, const UpdateRecord& record) = 0;

  /// False: what has been written down, and is not sent yet, is not to be sent any more. Any
  /// worker's thread.
  virtual bool may_be_sent() const = 0;

  /// Updates are handed in so long before their turn, so that those of one while are written down
  /// together, and all the same leave in time.
  virtual Clock::duration lead() const = 0;
};

}  // namespace stage3
