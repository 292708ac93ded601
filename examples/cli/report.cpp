#include "report.hpp"

#include <ctime>
#include <exception>

#include "console.hpp"
#include "device_line.hpp"

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::Outcome;
using stage3::Summary;

constexpr std::size_t kLogColumns = 400;

std::string count(const char* name, std::size_t value) {
  return std::string(" ") + name + '=' + std::to_string(value);
}

std::string count_if_any(const char* name, std::size_t value) {
  return value == 0 ? std::string() : count(name, value);
}

/// Cancelled devices are not part of it: nothing is known about them.
std::size_t total(const Summary& summary) {
  return summary.ok + summary.failed + summary.offline;
}

std::string summary_line(const Summary& summary) {
  return "Stage 3 summary:" + count("total", total(summary)) + count("ok", summary.ok) +
         count("failed", summary.failed) + count_if_any("offline", summary.offline) +
         count_if_any("updates", summary.updates) + count_if_any("held", summary.held);
}

std::string summary_json(const Summary& summary, bool dry_run) {
  const auto member = [](const char* name, std::size_t value) {
    return std::string(",\"") + name + "\":" + std::to_string(value);
  };
  return R"({"v":1,"type":"summary")" + member("total", total(summary)) + member("ok", summary.ok) +
         member("failed", summary.failed) + member("offline", summary.offline) +
         member("updates", summary.updates) + member("held", summary.held) +
         member("cancelled", summary.cancelled) + ",\"dry_run\":" + (dry_run ? "true}" : "false}");
}

}  // namespace

Report::Report(const Options& options, Console& console, LogFile& log)
    : options_(options), console_(console), log_(log) {}

void Report::start() {
  console_.start();
  log_.start();
}

void Report::device(const DeviceResult& result) {
  if (log_.is_open() && result.outcome != Outcome::cancelled) {
    log(result.finished_at, device_line(result, {options_.dry_run, false, kLogColumns}));
  }
  if (!hidden(result)) show(result);
}

void Report::show(const DeviceResult& result) {
  try {
    console_.line(options_.json ? stage3::to_json(result)
                                : device_line(result, {options_.dry_run, console_.colored()}));
  } catch (const std::exception& error) {
    console_.message("the result of " + result.device.key + " @ " +
                     result.device.address.to_string() + " cannot be shown: " + error.what());
    throw;
  }
}

bool Report::hidden(const DeviceResult& result) const {
  if (options_.online && result.outcome == Outcome::offline) return true;
  if (options_.quiet && result.outcome != Outcome::failed) return true;
  return result.outcome == Outcome::cancelled && !options_.json;
}

void Report::progress(const Summary& summary) {
  console_.progress("Stage 3: " + std::to_string(summary.told()) + " of " +
                    std::to_string(summary.total) + count_if_any("failed", summary.failed) +
                    count_if_any("offline", summary.offline));
}

void Report::summary(const Summary& summary) {
  const std::string line = summary_line(summary);
  log(std::time(nullptr), line);
  console_.line(options_.json ? summary_json(summary, options_.dry_run) : line);
}

void Report::log(std::int64_t time, const std::string& text) {
  log_.append(time, options_.dry_run ? text + " (dry run)" : text);
  tell_log_failure();
}

bool Report::finish() {
  const bool is_log_whole = log_.finish();
  tell_log_failure();
  const bool is_output_whole = console_.finish();
  return is_log_whole && is_output_whole;
}

void Report::tell_log_failure() {
  const std::string failure = log_.take_failure();
  if (!failure.empty()) console_.message(failure);
}

}  // namespace cli
