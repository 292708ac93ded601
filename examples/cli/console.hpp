#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "options.hpp"
#include "output.hpp"

namespace cli {

/// Standard output and standard error. Belongs to the main thread, which it never keeps waiting
/// between start() and finish(). Nothing here throws for an output that is closed, full or stuck:
/// the run matters more than its display.
class Console {
 public:
  explicit Console(const Options& options);
  /// Writes what is left, whatever has ended the run.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  bool colored() const noexcept { return colored_; }
  /// Somebody looks at it while it works: a terminal, and neither --quiet nor --json.
  bool is_watched() const noexcept { return is_watched_; }

  /// Whether standard output is a terminal, of whatever kind.
  bool is_on_terminal() const noexcept { return is_on_terminal_; }

  /// That a line may take: one less than a terminal has at this moment, but no fewer than 29, or
  /// than the 80 of the runbook elsewhere.
  std::size_t columns() const noexcept;

  /// From now on another thread writes. Throws stage3::Error(system).
  void start() { output_.start(); }

  /// One line to standard output, as it is. Goes out with flush() or a message.
  void line(std::string_view text);

  /// One line to standard error, `stage3: ` in front, escaped.
  void message(std::string_view text);

  /// Replaces the progress line, if there is one; ten times a second at most. Cut to the width.
  void progress(const std::string& text);
  void clear_progress();

  /// Passes on what has been put: the lines of many devices by one system call.
  void flush();

  /// Waits until all is written (see Output::finish()). Returns whether standard output has taken
  /// everything or its reader has gone; anything else has been reported.
  bool finish();

 private:
  /// What takes the progress line away, with all rows that it has become in a terminal that is
  /// narrower by now.
  std::string cleared() const;
  void report_failure();

  bool colored_;
  bool is_watched_;
  bool is_on_terminal_;
  std::string pending_;
  std::string progress_;
  std::size_t widest_ = 0;  ///< of the progress lines that may not be cleared away yet, in columns
  std::chrono::steady_clock::time_point drawn_{};
  bool is_failure_reported_ = false;
  Output output_;
};

}  // namespace cli
