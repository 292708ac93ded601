#pragma once

#include <optional>
#include <stage3/config.hpp>
#include <stage3/report.hpp>

#include "whole_file.hpp"

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

  /// After a run whose results are saved. Throws what reading the state file does, and
  /// stage3::Error(config).
  void write_page() const;
  /// The same; `is_success`: the run was over all devices and ends with exit status 0.
  void write_metrics(double seconds, bool is_success) const;

 private:
  /// None: the configuration names none.
  std::optional<WholeFile> page_file() const;
  std::optional<WholeFile> metrics_file() const;

  const Options& options_;
  const stage3::Config& config_;
};

}  // namespace cli
