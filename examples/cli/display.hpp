#pragma once

#include <cstddef>
#include <stage3/runner.hpp>
#include <string>
#include <utility>

#include "failures.hpp"
#include "known_defects.hpp"
#include "log_file.hpp"
#include "options.hpp"
#include "run_log.hpp"
#include "summary.hpp"
#include "update_watch.hpp"

namespace cli {

class Console;

/// What people and programs get to see of a run: lines or JSON on standard output, and the log
/// file.
class Display {
 public:
  /// All must outlive it.
  Display(const Options& options, const stage3::Config& config, Console& console, LogFile& log);

  /// With `--changes`: entries that are no news, though they cannot be used.
  void already_told(KnownDefects defects) { told_ = std::move(defects); }

  /// From now on other threads write, so that nothing here waits until finish(). `devices` are to
  /// be processed. Throws stage3::Error(system).
  void start(std::size_t devices);

  /// Tells, on standard error, which devices it is about; empty: all. With `--changes` only once
  /// there is a change.
  void selected(const std::string& text);
  /// What is to be known beside the results, on standard error and in the log.
  void notice(const std::string& text);
  void device(const stage3::DeviceResult& result);
  void progress(const stage3::Summary& summary, const UpdateWatch& updates);
  /// Updates of reported devices that have been sent, and have not ended.
  std::size_t under_way() const { return under_way_; }
  /// At the end; `stopped` says why it is not all that was asked for, empty where it is.
  void summary(const stage3::Summary& summary, const std::string& stopped);

  /// Waits until everything is written (see Output::finish()). Returns false if anything could not
  /// be, which has been reported then.
  bool finish();

 private:
  void show(const stage3::DeviceResult& result);
  void tell_selected();
  bool hidden(const stage3::DeviceResult& result) const;
  void report_log_failure();
  /// Once more and whole, where somebody watches.
  void show_failures();
  void report_if_all_offline(const stage3::Summary& summary);

  const Options& options_;
  const stage3::Config& config_;
  Console& console_;
  LogFile& log_;
  RunLog run_log_;
  Changes changes_;
  Failures failures_;
  KnownDefects told_;
  std::string selected_;         ///< what has not been told yet
  bool has_shown_ = false;       ///< any device
  std::size_t answer_ping_ = 0;  ///< of the devices that are offline
  std::size_t under_way_ = 0;    ///< updates whose end has not been seen
};

}  // namespace cli
