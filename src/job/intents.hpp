#pragma once

#include <list>
#include <string>

#include "base/clock.hpp"
#include "run/recorder.hpp"

namespace stage3::job {

/// The updates that wait to be written down before they are sent: when to save for them, and what
/// becomes of them then. Knows no file.
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
  bool may_be_sent() const noexcept { return !has_failed_; }

  void add(const std::string& key, UpdateRecorder::Done done);
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

 private:
  std::list<Intent> waiting_;
  Clock::time_point next_save_{};
  Clock::duration interval_ = std::chrono::seconds(1);
  bool has_failed_ = false;
};

}  // namespace stage3::job
