#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <stage3/report.hpp>
#include <stage3/text.hpp>

#include "result/enum_words.hpp"

namespace stage3 {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// What a terminal or the end of a text would make something of is shown instead.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : escape(text)) {
    if (c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// A label's value as the format wants it: UTF-8, and three characters escaped.
std::string label_value(std::string_view text) {
  constexpr std::string_view kEscaped = "\\\"\n";
  std::string out;
  for (std::size_t at = text.find_first_of(kEscaped); at != std::string_view::npos;
       at = text.find_first_of(kEscaped)) {
    out += harmless(text.substr(0, at)) + '\\';
    out += text[at] == '\n' ? 'n' : text[at];
    text.remove_prefix(at + 1);
  }
  return out + harmless(text);
}

/// With milliseconds, and in no locale.
std::string decimal(double seconds) {
  constexpr double kMost = 1e15;
  const auto milliseconds =
      std::llround(std::clamp(std::isfinite(seconds) ? seconds : 0, 0.0, kMost) * 1000);
  std::string text = std::to_string(milliseconds);
  if (text.size() < 4) text.insert(0, 4 - text.size(), '0');
  return text.insert(text.size() - 3, ".");
}

class MetricsWriter {
 public:
  void begin(std::string_view name, std::string_view help) {
    name_ = "stage3_";
    name_ += name;
    out_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + " gauge\n";
  }

  void sample(const Labels& labels, const std::string& value) {
    out_ += name_;
    char before = '{';
    for (const auto& [label, text] : labels) {
      out_ += before + std::string(label) + "=\"" + label_value(text) + '"';
      before = ',';
    }
    out_ += (labels.empty() ? " " : "} ") + value + '\n';
  }

  void single(std::string_view name, std::string_view help, const std::string& value) {
    begin(name, help);
    sample({}, value);
  }

  void counts(std::string_view label, const std::vector<Overview::Count>& counts) {
    for (const Overview::Count& count : counts)
      sample({{label, count.word}}, std::to_string(count.devices));
  }

  std::string take() { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

/// A series that is gone cannot be told from a run that is gone: those of a closed set are always
/// there, with 0 where there is no device.
std::vector<Overview::Count> with_zeros(const std::vector<Overview::Count>& counts,
                                        const std::vector<std::string_view>& words) {
  std::vector<Overview::Count> out;
  for (const std::string_view word : words) {
    const auto at = std::find_if(counts.begin(), counts.end(),
                                 [&](const Overview::Count& count) { return count.word == word; });
    out.push_back({std::string(word), at == counts.end() ? 0 : at->devices});
  }
  return out;
}

/// By the part of the work, the first half of an id.
std::vector<Overview::Count> failed_by_part(const Overview& overview) {
  std::vector<Overview::Count> out;
  for (const char* part : {"reach", "identity", "auth", "ota", "friendly", "entry", "other"})
    out.push_back({part, 0});
  for (const Overview::Failure& failure : overview.failures) {
    const std::string_view part = std::string_view(failure.id).substr(0, failure.id.find('.'));
    auto at = std::find_if(out.begin(), out.end(),
                           [&](const Overview::Count& count) { return count.word == part; });
    (at == out.end() ? out.back() : *at).devices += failure.devices.size();
  }
  return out;
}

void write_run(MetricsWriter& writer, const RunFigures& run) {
  writer.single("last_success_timestamp_seconds",
                "When a run over all devices has last ended with exit status 0; 0: never.",
                std::to_string(run.last_success));
  writer.single("run_duration_seconds", "How long the last run took.", decimal(run.duration));
}

void write_firmware(MetricsWriter& writer, const Overview& overview) {
  writer.begin("firmware_devices", "Devices by app and by the firmware version they run.");
  for (const Overview::App& app : overview.apps) {
    for (const Overview::Count& version : app.versions)
      writer.sample({{"app", app.name}, {"version", version.word}},
                    std::to_string(version.devices));
  }
}

}  // namespace

std::string to_metrics(const Overview& overview, const std::optional<RunFigures>& run) {
  MetricsWriter writer;
  if (overview.last_run != 0) {
    writer.single("last_run_timestamp_seconds", "When the last run ended, by the state file.",
                  std::to_string(overview.last_run));
  }
  if (run) write_run(writer, *run);
  writer.begin("devices", "Devices by their OTA status; none: nothing is on record.");
  writer.counts("ota_status",
                with_zeros(overview.ota_status, result::words_from(OtaStatus::up_to_date)));
  std::size_t told = 0;
  for (const Overview::Count& count : overview.ota_status)
    told += count.devices;
  writer.sample({{"ota_status", "none"}}, std::to_string(overview.devices->size() - told));
  writer.begin("devices_failed", "Devices that failed, by the part of the work that failed first.");
  writer.counts("part", failed_by_part(overview));
  writer.single("devices_offline", "Devices that gave no answer.",
                std::to_string(overview.offline));
  writer.single("devices_update_available", "Devices with a newer version on offer.",
                std::to_string(overview.updates));
  write_firmware(writer, overview);
  writer.begin("updates", "Devices by the state of their last update.");
  writer.counts("state", with_zeros(overview.update_states, result::words_from(UpdateState::sent)));
  return writer.take();
}

}  // namespace stage3
