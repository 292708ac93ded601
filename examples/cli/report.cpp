#include "report.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <future>
#include <optional>
#include <stage3/error.hpp>
#include <stage3/state_store.hpp>
#include <stage3/text.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "console.hpp"
#include "exit_status.hpp"
#include "options.hpp"
#include "run.hpp"
#include "whole_file.hpp"

namespace cli {
namespace {

using stage3::Config;
using stage3::DeviceList;
using stage3::Errc;
using stage3::Error;
using stage3::Overview;
using stage3::StateStore;

constexpr const char* kHtmlKey = "report.html_file";
constexpr const char* kMetricsKey = "metrics.textfile";
constexpr const char* kLastSuccess = "stage3_last_success_timestamp_seconds ";

std::vector<std::string> files_beside(const Options& options, const Config& config) {
  std::vector<std::string> files = files_beside_log(options, config);
  files.push_back(config.logging.base_path);
  return files;
}

StateStore load(const Config& config) {
  return StateStore::load(config.ip_state_file, config.friendly.field_name);
}

/// Reading the two files is most of the work: each has a thread, where there is one to be had.
/// `load_now` gives the StateStore of today.
template <class Load>
std::string page(const Config& config, Load load_now) {
  auto loading =
      std::async(std::launch::async | std::launch::deferred, load_earlier, std::ref(config));
  const StateStore& store = load_now();
  const std::optional<StateStore> earlier = loading.get();
  const DeviceList now = store.devices();
  const std::optional<DeviceList> before =
      earlier ? std::optional(earlier->devices()) : std::nullopt;
  const Overview overview =
      overview_of(now, before ? &before->vector() : nullptr, std::time(nullptr));
  return to_html(overview, config.report.language);
}

/// When the last success was, by the metrics that an earlier run has written; 0: not known.
std::int64_t last_success(const std::string& path) {
  std::ifstream file(path);
  const std::string name = kLastSuccess;
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) == 0)
      return std::strtoll(line.c_str() + name.size(), nullptr, 10);
  }
  return 0;
}

/// The page of the file as it is.
std::string page(const Config& config) {
  std::optional<StateStore> store;
  return page(config, [&]() -> const StateStore& { return store.emplace(load(config)); });
}

}  // namespace

std::optional<StateStore> load_earlier(const Config& config) {
  try {
    return StateStore::load(StateStore::backup_of(config.ip_state_file),
                            config.friendly.field_name);
  } catch (const Error& error) {
    if (error.code() != Errc::state_read) throw;
    return std::nullopt;
  }
}

int show_status(const Options& options, const Config& config, Console& console) {
  const StateStore store = load(config);
  const Overview overview = overview_of(store.devices(), nullptr, std::time(nullptr));
  std::string text = options.json ? to_json(overview) : to_text(overview, config.report.language);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  console.line(text);
  return overview.failed == 0 ? kOk : kDeviceFailed;
}

int write_report(const Options& options, const Config& config, Console& console) {
  const bool is_named = options.html_file.has_value();
  const std::string& path = is_named ? *options.html_file : config.report.html_file;
  if (path.empty()) {
    throw Error(Errc::config, std::string("no file to write the page to: name one with --html, or "
                                          "in the configuration as ") +
                                  kHtmlKey);
  }
  if (path == "-") {
    console.line(page(config));
    return kOk;
  }
  const WholeFile file(path, is_named ? "--html" : kHtmlKey, files_beside(options, config));
  file.check();
  file.write(page(config));
  console.line(stage3::escape(path) + ": written");
  return kOk;
}

RunReports::RunReports(const Options& options, const Config& config)
    : options_(options), config_(config) {}

std::optional<WholeFile> RunReports::page_file() const {
  if (config_.report.html_file.empty()) return std::nullopt;
  std::vector<std::string> others = files_beside(options_, config_);
  others.push_back(config_.metrics.textfile);
  return WholeFile(config_.report.html_file, kHtmlKey, std::move(others));
}

std::optional<WholeFile> RunReports::metrics_file() const {
  if (config_.metrics.textfile.empty()) return std::nullopt;
  std::vector<std::string> others = files_beside(options_, config_);
  others.push_back(config_.report.html_file);
  return WholeFile(config_.metrics.textfile, kMetricsKey, std::move(others));
}

void RunReports::check() const {
  constexpr std::string_view kSuffix = ".prom";
  const std::string& metrics = config_.metrics.textfile;
  const bool is_read =
      metrics.size() >= kSuffix.size() &&
      metrics.compare(metrics.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0;
  if (const auto file = page_file()) file->check();
  if (!metrics.empty() && !is_read) {
    throw Error(Errc::config,
                std::string(kMetricsKey) + ": the collector reads names only that end with .prom",
                metrics);
  }
  if (const auto file = metrics_file()) file->check();
}

const StateStore& RunReports::store() {
  if (!store_) store_.emplace(load(config_));
  return *store_;
}

void RunReports::write_page() {
  const auto file = page_file();
  if (!file) return;
  file->write(page(config_, [this]() -> const StateStore& { return store(); }));
}

void RunReports::write_metrics(double seconds, bool is_success) {
  const auto file = metrics_file();
  if (!file) return;
  const std::int64_t now = std::time(nullptr);
  const stage3::RunFigures figures{seconds,
                                   is_success ? now : last_success(config_.metrics.textfile)};
  file->write(to_metrics(overview_of(store().devices(), nullptr, now), figures));
}

}  // namespace cli
