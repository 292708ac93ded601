#pragma once

#include <list>
#include <map>
#include <string>

#include <stage3/device.hpp>

#include "base/clock.hpp"
#include "run/recorder.hpp"

namespace stage3::job {

/// The updates that are written down before they are sent: when to save for them, what becomes of
/// them then, and what stood on record before of those that have not left. Knows no file.
///
/// Those of a second are saved together, or of longer where saving would take more than a tenth of
/// the time.
class Intents {
 public:
  struct Intent {
    /// Of the entry.
    std::string key;
    UpdateRecorder::Done done;
  };

  /// False: nothing is sent any more.
  bool may_be_sent() const noexcept { return !has_failed_ && !is_closed_; }

  void add(const std::string& key, const UpdateRecord& before, UpdateRecorder::Done done);
  bool is_due(Clock::time_point now) const;
  /// How long the next save may be away.
  Clock::duration interval() const noexcept { return interval_; }

  /// Those that the save that begins now has with it.
  std::list<Intent> take() noexcept;
  /// That save came to nothing, for a reason that says nothing about the file. They come first.
  void put_back(std::list<Intent>& intents) noexcept;
  void note_saved(Clock::time_point begin, Clock::time_point end);
  /// An update of which nobody would know is not sent, nor any other in this run.
  void note_failed() noexcept { has_failed_ = true; }

  /// Asked before each call that writes. True: it counts as left from now on. False: it must not.
  bool may_leave(const std::string& key) noexcept;
  /// Nothing leaves any more: what is unsent stays so.
  void close() noexcept { is_closed_ = true; }

  /// By key, what stood on record before.
  using Unsent = std::map<std::string, UpdateRecord>;
  const Unsent& unsent() const noexcept { return unsent_; }
  /// What is on record of it is true again, or was told by its result.
  void forget(const std::string& key) noexcept { unsent_.erase(key); }

 private:
  std::list<Intent> waiting_;
  Clock::time_point next_save_{};
  Clock::duration interval_ = std::chrono::seconds(1);
  bool has_failed_ = false;
  bool is_closed_ = false;
  Unsent unsent_;
};

}  // namespace stage3::job
