#pragma once

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
  bool shows_progress() const noexcept { return shows_progress_; }

  /// From now on another thread writes. Throws stage3::Error(system).
  void start() { output_.start(); }

  /// One line to standard output, as it is. Goes out with flush() or a message.
  void line(std::string_view text);

  /// One line to standard error, `stage3: ` in front, escaped.
  void message(std::string_view text);

  /// Replaces the progress line, if there is one.
  void progress(const std::string& text);
  void clear_progress();

  /// Passes on what has been put: the lines of many devices by one system call.
  void flush();

  /// Waits until all is written (see Output::finish()). Returns whether standard output has taken
  /// everything or its reader has gone; anything else has been reported.
  bool finish();

 private:
  void report_failure();

  bool colored_;
  bool shows_progress_;
  std::string pending_;
  std::string progress_;
  bool is_failure_reported_ = false;
  Output output_;
};

}  // namespace cli
