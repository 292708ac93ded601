#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <stage3/state_store.hpp>
#include <string>

namespace cli {

class Console;

/// Keeps the state file abreast of the run, so that a crash or a power cut costs little: whenever
/// the saved results have doubled (the first 500 at once), every ten seconds, and all of them at
/// the end. A file that takes more than a second to save is saved less often.
class Saver {
 public:
  /// In a dry run (`enabled` false) it does nothing. `store` and `console` must outlive it.
  Saver(stage3::StateStore& store, Console& console, bool enabled);

  void record(const stage3::DeviceResult& result);

  /// Saves if it is time to. A failure is told and tried again later.
  void save_if_due();

  /// Saves what is left. Returns false if the file could not be written, which has been told then.
  bool save_all();

 private:
  using Clock = std::chrono::steady_clock;

  bool save();
  void tell_once(const std::string& text);

  stage3::StateStore& store_;
  Console& console_;
  bool enabled_;
  std::size_t unsaved_ = 0;
  std::size_t saved_ = 0;
  Clock::time_point saved_at_ = Clock::now();
  Clock::duration cost_{};   ///< of the last save that succeeded
  bool has_failed_ = false;  ///< the last save
  std::set<std::string> told_;
};

}  // namespace cli
