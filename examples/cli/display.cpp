#include "display.hpp"

#include <exception>
#include <stage3/selection.hpp>

#include "console.hpp"
#include "device_line.hpp"

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::Outcome;
using stage3::Summary;

std::string count(const char* name, std::size_t value) {
  return std::string(" ") + name + '=' + std::to_string(value);
}

std::string count_if_any(const char* name, std::size_t value) {
  return value == 0 ? std::string() : count(name, value);
}

/// Of devices that were not processed nothing is known: they are not part of it.
std::size_t total(const Summary& summary) {
  return summary.ok + summary.failed + summary.offline;
}

std::size_t cancelled(const Summary& summary) {
  return summary.total - total(summary);
}

std::string summary_line(const Summary& summary) {
  return "Stage 3 summary:" + count("total", total(summary)) + count("ok", summary.ok) +
         count("failed", summary.failed) + count_if_any("offline", summary.offline) +
         count_if_any("updates", summary.updates) + count_if_any("updated", summary.updated) +
         count_if_any("held", summary.held) + count_if_any("cancelled", cancelled(summary));
}

}  // namespace

std::string summary_json(const Summary& summary, bool dry_run) {
  const auto member = [](const char* name, std::size_t value) {
    return std::string(",\"") + name + "\":" + std::to_string(value);
  };
  return R"({"v":1,"type":"summary")" + member("total", total(summary)) + member("ok", summary.ok) +
         member("failed", summary.failed) + member("offline", summary.offline) +
         member("updates", summary.updates) + member("updated", summary.updated) +
         member("held", summary.held) + member("cancelled", cancelled(summary)) +
         ",\"dry_run\":" + (dry_run ? "true}" : "false}");
}

Display::Display(const Options& options, const stage3::Config& config, Console& console,
                 LogFile& log)
    : options_(options), console_(console), log_(log), run_log_(log, options, config) {}

void Display::start(std::size_t devices) {
  console_.start();
  log_.start();
  run_log_.begin(devices);
}

void Display::device(const DeviceResult& result) {
  // An offline device has an error only where it answers the ping.
  if (result.outcome == Outcome::offline && !result.errors.empty()) ++answer_ping_;
  if (result.ota && result.ota->state == stage3::UpdateState::sent) ++under_way_;
  run_log_.device(result);
  report_log_failure();
  if (!hidden(result)) show(result);
}

void Display::selected(const std::string& text) {
  selected_ = text;
  if (!options_.changes) tell_selected();
}

void Display::tell_selected() {
  if (!selected_.empty()) console_.message(selected_);
  selected_.clear();
}

void Display::show(const DeviceResult& result) {
  tell_selected();
  has_shown_ = true;
  try {
    console_.line(options_.json ? stage3::to_json(result)
                                : device_line(result, {options_.dry_run, console_.colored()}));
  } catch (const std::exception& error) {
    console_.message("the result of " + result.device.key + " @ " +
                     result.device.address.to_string() + " cannot be shown: " + error.what());
    throw;
  }
}

bool Display::hidden(const DeviceResult& result) const {
  if (options_.changes && !stage3::has_news(result)) return true;
  if (options_.online && result.outcome == Outcome::offline) return true;
  if (options_.quiet && result.outcome != Outcome::failed) return true;
  return result.outcome == Outcome::cancelled && !options_.json;
}

void Display::progress(const Summary& summary, const UpdateWatch& updates) {
  console_.progress("Stage 3: " + std::to_string(total(summary)) + " of " +
                    std::to_string(summary.total) + count_if_any("failed", summary.failed) +
                    count_if_any("offline", summary.offline) +
                    count_if_any("updated", summary.updated) +
                    count_if_any("cancelled", summary.cancelled) + updates.text());
}

void Display::summary(const Summary& summary, const std::string& stopped) {
  const std::string line = summary_line(summary);
  const std::string json = summary_json(summary, options_.dry_run);
  if (!stopped.empty()) run_log_.stopped(stopped);
  run_log_.end(line, json);
  report_log_failure();
  if (!options_.changes || has_shown_) {
    console_.line(options_.json ? json : line);
    report_if_all_offline(summary);
  }
  if (!stopped.empty()) console_.message(stopped);
}

void Display::report_if_all_offline(const Summary& summary) {
  if (summary.total < 2 || summary.offline != summary.total) return;
  const std::string all = "all " + std::to_string(summary.total) + " selected devices are offline";
  if (answer_ping_ == 0) return console_.message(all + ": is this host in their network?");
  const std::string who =
      answer_ping_ == summary.total ? "they answer" : std::to_string(answer_ping_) + " answer";
  console_.message(all + ": " + who +
                   " the ping, but not HTTP: does a firewall in between let their ports through?");
}

bool Display::finish() {
  const bool is_log_whole = log_.finish();
  report_log_failure();
  const bool is_output_whole = console_.finish();
  return is_log_whole && is_output_whole;
}

void Display::report_log_failure() {
  const std::string failure = log_.take_failure();
  if (!failure.empty()) console_.message(failure);
}

}  // namespace cli
