#pragma once

#include <optional>
#include <stage3/config.hpp>
#include <stage3/report.hpp>
#include <stage3/state_store.hpp>

#include "whole_file.hpp"

namespace cli {

class Console;
struct Options;

/// `stage3 status`: what the state file says of the fleet. Returns an exit status: 1 where it has
/// failures on record.
int show_status(const Options& options, const stage3::Config& config, Console& console);

/// `stage3 report`: the same as a page, into a file.
int write_report(const Options& options, const stage3::Config& config, Console& console);

/// The state file as it was before the last run; none: there is none, or it cannot be read.
std::optional<stage3::StateStore> load_earlier(const stage3::Config& config);

/// What each run leaves for others to read, as far as the configuration names it: the page and the
/// metrics.
class RunReports {
 public:
  RunReports(const Options& options, const stage3::Config& config);

  /// Before a run: throws stage3::Error(config) for what could not be written.
  void check() const;

  /// After a run whose results are saved: reads the state file, once for both. Throws what that
  /// does, and stage3::Error(config).
  void write_page();
  /// The same; `is_success`: the run was over all devices and ends with exit status 0.
  void write_metrics(double seconds, bool is_success);

 private:
  const stage3::StateStore& store();
  /// None: the configuration names none.
  std::optional<WholeFile> page_file() const;
  std::optional<WholeFile> metrics_file() const;

  const Options& options_;
  const stage3::Config& config_;
  std::optional<stage3::StateStore> store_;
};

}  // namespace cli
