#include "summary.hpp"

#include <algorithm>

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::Summary;

std::string count(const char* name, std::size_t value) {
  return std::string(" ") + name + '=' + std::to_string(value);
}

std::string count_if_any(const char* name, std::size_t value) {
  return value == 0 ? std::string() : count(name, value);
}

std::size_t cancelled(const Summary& summary) {
  return summary.total - total(summary);
}

/// A real run would now start an update, as far as a dry one can tell.
bool is_to_be_updated(const DeviceResult& result, const stage3::Config& config) {
  if (result.ota_status != stage3::OtaStatus::update_available || result.update_held) return false;
  if (config.ota.mode != stage3::OtaMode::check_and_update) return false;
  if (result.ota && result.ota->state == stage3::UpdateState::sent) return false;  // under way
  // Nothing is retried in the run that has seen it fail.
  return std::none_of(result.errors.begin(), result.errors.end(),
                      [](const auto& error) { return error.part == stage3::Part::ota; });
}

}  // namespace

void Changes::add(const DeviceResult& result, const stage3::Config& config, bool dry_run) {
  const bool is_named = result.name_changed && result.friendly_status == stage3::FriendlyStatus::ok;
  if (is_named) ++(dry_run ? would_rename : names);
  if (dry_run && is_to_be_updated(result, config)) ++would_update;
}

std::size_t total(const Summary& summary) {
  return summary.ok + summary.failed + summary.offline;
}

std::string summary_line(const Summary& summary, const Changes& changes) {
  return "Stage 3 summary:" + count("total", total(summary)) + count("ok", summary.ok) +
         count("failed", summary.failed) + count_if_any("offline", summary.offline) +
         count_if_any("updates", summary.updates) + count_if_any("updated", summary.updated) +
         count_if_any("held", summary.held) + count_if_any("names", changes.names) +
         count_if_any("would_update", changes.would_update) +
         count_if_any("would_rename", changes.would_rename) +
         count_if_any("cancelled", cancelled(summary));
}

std::string summary_json(const Summary& summary, const Changes& changes, bool dry_run) {
  const auto member = [](const char* name, std::size_t value) {
    return std::string(",\"") + name + "\":" + std::to_string(value);
  };
  return R"({"v":1,"type":"summary")" + member("total", total(summary)) + member("ok", summary.ok) +
         member("failed", summary.failed) + member("offline", summary.offline) +
         member("updates", summary.updates) + member("updated", summary.updated) +
         member("held", summary.held) + member("cancelled", cancelled(summary)) +
         member("names", changes.names) + member("would_update", changes.would_update) +
         member("would_rename", changes.would_rename) +
         ",\"dry_run\":" + (dry_run ? "true}" : "false}");
}

}  // namespace cli
