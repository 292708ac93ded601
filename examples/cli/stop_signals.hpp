#pragma once

#include <csignal>

namespace stage3 {
class Runner;
}

namespace cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP cancels the run and the second ends the
/// process at once. Signals that were ignored before (nohup) stay ignored. One at a time.
class StopSignals {
 public:
  /// `runner` must outlive it.
  explicit StopSignals(stage3::Runner& runner);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

/// The signal that stopped the run; 0 if none did. Any thread.
int stop_signal() noexcept;

/// Keeps the stop signals from this thread and the threads it starts, for as long as it lives, so
/// that they reach the main thread.
class BlockStopSignals {
 public:
  BlockStopSignals();
  ~BlockStopSignals();
  BlockStopSignals(const BlockStopSignals&) = delete;
  BlockStopSignals& operator=(const BlockStopSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace cli
