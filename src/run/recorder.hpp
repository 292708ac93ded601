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

  /// `record` has the key that the device was asked with, to be on record with it. `before` is what
  /// is on record again if the update is not sent after all. Any worker's thread. `done` may be
  /// called from inside.
  virtual void write_down(const Device& device, const UpdateRecord& record,
                          const UpdateRecord& before, Done done) = 0;

  /// To be asked at the last moment before a call that writes, be it the update or another one.
  /// True: if it is the update, its record stands from now on. False: it must not leave, since
  /// nothing that it does would be on record. Any worker's thread.
  virtual bool may_leave(const Device& device) noexcept = 0;

  /// No result will come of the device, whose worker is gone. What was written down of an update
  /// that has not left is not true any more. Any worker's thread.
  virtual void give_up(const Device& device) noexcept = 0;

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
