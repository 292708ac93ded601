#pragma once

#include <stage3/config.hpp>
#include <stage3/report.hpp>

namespace cli {

class Console;
struct Options;

/// `stage3 status`: what the state file says of the fleet. Returns an exit status: 1 where it has
/// failures on record.
int show_status(const Options& options, const stage3::Config& config, Console& console);

/// `stage3 report`: the same as a page, into a file.
int write_report(const Options& options, const stage3::Config& config, Console& console);

/// What each run leaves for others to read, as far as the configuration names it: the page and the
/// metrics.
class RunReports {
 public:
  RunReports(const Options& options, const stage3::Config& config);

  /// Before a run: throws stage3::Error(config) for what could not be written.
  void check() const;

  /// After a run whose results are saved. `is_success`: it ends with exit status 0. Throws what
  /// reading the state file does, and stage3::Error(config).
  void write(double seconds, bool is_success) const;

 private:
  const Options& options_;
  const stage3::Config& config_;
};

}  // namespace cli
