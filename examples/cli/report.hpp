#pragma once

#include <stage3/runner.hpp>
#include <string>

#include "log_file.hpp"
#include "options.hpp"

namespace cli {

class Console;

/// What people and programs get to see of a run: lines or JSON on standard output, and the log
/// file.
class Report {
 public:
  /// All must outlive it.
  Report(const Options& options, Console& console, LogFile& log);

  void device(const stage3::DeviceResult& result);
  void progress(const stage3::Summary& summary);
  void summary(const stage3::Summary& summary);

 private:
  bool hidden(const stage3::DeviceResult& result) const;
  void log(std::int64_t time, const std::string& text);

  const Options& options_;
  Console& console_;
  LogFile& log_;
};

}  // namespace cli
