#include "display.hpp"

#include <exception>
#include <stage3/selection.hpp>

#include "console.hpp"
#include "device_line.hpp"
#include "wrapped.hpp"

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::Outcome;
using stage3::Summary;

std::string number(std::size_t value, const char* what) {
  return value == 0 ? std::string() : "  " + std::to_string(value) + ' ' + what;
}

/// A word of a command line, as a shell takes it.
std::string quoted_for_shell(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word)
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + '\'';
}

/// The command that asks those once more that have failed or were offline.
std::string retry_command(const Options& options) {
  std::string command = "stage3";
  if (options.config_path != Options().config_path)
    command += " --config " + quoted_for_shell(options.config_path);
  if (options.state_path) command += " --state " + quoted_for_shell(*options.state_path);
  return command + " --retry";
}

}  // namespace

Display::Display(const Options& options, const stage3::Config& config, Console& console,
                 LogFile& log)
    : options_(options),
      config_(config),
      console_(console),
      log_(log),
      run_log_(log, options, config) {}

void Display::start(std::size_t devices) {
  console_.start();
  log_.start();
  run_log_.begin(devices);
}

void Display::device(const DeviceResult& result) {
  // An offline device has an error only where it answers the ping.
  if (result.outcome == Outcome::offline && !result.errors.empty()) ++answer_ping_;
  if (result.ota && result.ota->state == stage3::UpdateState::sent) ++under_way_;
  changes_.add(result, config_, options_.dry_run);
  run_log_.device(result);
  report_log_failure();
  if (hidden(result)) return;
  if (console_.is_watched() && result.outcome == Outcome::failed) failures_.add(result);
  show(result);
}

void Display::notice(const std::string& text) {
  console_.message(text);
  run_log_.notice(text);
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
                                : device_line(result, {console_.colored(), console_.columns(),
                                                       console_.is_on_terminal()}));
  } catch (const std::exception& error) {
    console_.message("the result of " + result.device.key + " @ " +
                     result.device.address.to_string() + " cannot be shown: " + error.what());
    throw;
  }
}

bool Display::hidden(const DeviceResult& result) const {
  const bool is_news = stage3::has_news(result) && !told_.has(result.device);
  if (options_.changes && !is_news) return true;
  if (options_.online && result.outcome == Outcome::offline) return true;
  if (options_.quiet && result.outcome != Outcome::failed) return true;
  return result.outcome == Outcome::cancelled && !options_.json;
}

void Display::progress(const Summary& summary, const UpdateWatch& updates) {
  console_.progress(std::to_string(total(summary)) + '/' + std::to_string(summary.total) +
                    number(summary.failed, "failed") + number(summary.offline, "offline") +
                    number(summary.updated, "updated") + number(summary.cancelled, "cancelled") +
                    updates.text(config_.ota.rate));
}

void Display::summary(const Summary& summary, const std::string& stopped) {
  const std::string line = summary_line(summary, changes_);
  const std::string json = summary_json(summary, changes_, options_.dry_run);
  if (!stopped.empty()) run_log_.stopped(stopped);
  run_log_.end(line, json);
  report_log_failure();
  if (!options_.changes || has_shown_) {
    show_failures();
    const std::string shown = options_.dry_run ? line + std::string(kDryRun) : line;
    if (options_.json)
      console_.line(json);
    else
      console_.line(console_.is_watched() ? wrapped(shown, console_.columns(), 2) : shown);
    report_if_all_offline(summary);
  }
  if (!stopped.empty()) console_.message(stopped);
}

void Display::show_failures() {
  if (failures_.empty()) return;
  const std::size_t columns = console_.columns();
  console_.line("");
  console_.line(failures_.text(columns));
  // A dry run has recorded nothing that could be selected by.
  if (!options_.dry_run) console_.line(wrapped("again: " + retry_command(options_), columns, 2));
  console_.line("");
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
