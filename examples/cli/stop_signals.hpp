#pragma once

#include <csignal>

namespace stage3 {
class Runner;
}

namespace cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is noted, and the second ends the process at
/// once. So what is opened before a run is tidied up. Signals that were ignored before (nohup) stay
/// ignored. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

/// While it lives, the first stop signal cancels a run; one that has come before does so at once.
/// Within the life of StopSignals, one at a time.
class CancelOnStop {
 public:
  /// `runner` must outlive it.
  explicit CancelOnStop(stage3::Runner& runner);
  ~CancelOnStop();
  CancelOnStop(const CancelOnStop&) = delete;
  CancelOnStop& operator=(const CancelOnStop&) = delete;
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
