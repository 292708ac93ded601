#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <stage3/selection.hpp>

#include "report/changes.hpp"
#include "report/facts.hpp"
#include "report/version_key.hpp"

namespace stage3 {
namespace {

using report::on_record;
using App = Overview::App;
using Count = Overview::Count;
using Failure = Overview::Failure;

/// Counts by the words of an enum, in its order; words that nobody has are left out.
template <class Enum>
class WordCounts {
 public:
  void add(Enum value) { ++counts_.at(static_cast<std::size_t>(value)); }

  std::vector<Count> told() const {
    std::vector<Count> out;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_.at(i) != 0) out.push_back({word(static_cast<Enum>(i)), counts_.at(i)});
    }
    return out;
  }

 private:
  static std::string word(Enum value) {
    const std::string text = to_string(value);
    return text.empty() ? "unreadable" : text;  // the one state that is never written
  }

  std::array<std::size_t, 16> counts_{};
};

/// How many devices run which version, by app.
class AppCounts {
 public:
  void add(const OnRecord& record) {
    Counted& app = apps_[record.app];
    ++app.devices;
    if (!record.update.empty()) ++app.updates;
    ++app.versions[record.fw];
  }

  std::vector<App> told() const {
    std::vector<App> out;
    for (const auto& [name, counted] : apps_)
      out.push_back({std::string(name), counted.devices, counted.updates, newest_first(counted)});
    std::sort(out.begin(), out.end(), [](const App& a, const App& b) {
      return std::tie(b.devices, a.name) < std::tie(a.devices, b.name);
    });
    return out;
  }

 private:
  struct Counted {
    std::size_t devices = 0;
    std::size_t updates = 0;
    std::unordered_map<std::string_view, std::size_t> versions;
  };

  static std::vector<Count> newest_first(const Counted& app) {
    std::vector<std::pair<report::VersionKey, Count>> keyed;
    for (const auto& [version, devices] : app.versions)
      keyed.push_back({report::version_key(version), {std::string(version), devices}});
    std::sort(keyed.begin(), keyed.end(),
              [](const auto& a, const auto& b) { return b.first < a.first; });
    std::vector<Count> out;
    out.reserve(keyed.size());
    for (auto& [key, count] : keyed)
      out.push_back(std::move(count));
    return out;
  }

  std::unordered_map<std::string_view, Counted> apps_;
};

class Failures {
 public:
  void add(const Device& device) {
    Failure& failure = by_id_[report::failure_id(device)];
    failure.devices.push_back(&device);
    const std::int64_t since = on_record(device).failing_since;
    if (since != 0 && (failure.since == 0 || since < failure.since)) failure.since = since;
  }

  std::vector<Failure> told() {
    std::vector<Failure> out;
    for (auto& [id, failure] : by_id_) {
      failure.id = id;
      out.push_back(std::move(failure));
    }
    std::stable_sort(out.begin(), out.end(), [](const Failure& a, const Failure& b) {
      return a.devices.size() > b.devices.size();
    });
    return out;
  }

 private:
  std::map<std::string_view, Failure> by_id_;
};

void count_offer(const OnRecord& record, Overview& all) {
  if (record.update.empty()) return;
  ++all.updates;
  if (record.ota_status != OtaStatus::update_available) ++all.updates_found_earlier;
}

}  // namespace

Overview overview_of(const std::vector<Device>& devices, const std::vector<Device>* earlier,
                     std::int64_t now) {
  Overview all;
  WordCounts<OtaStatus> ota_status;
  WordCounts<FriendlyStatus> friendly_status;
  WordCounts<UpdateState> update_states;
  AppCounts apps;
  Failures failures;
  for (const Device& device : devices) {
    const OnRecord& record = on_record(device);
    const auto outcome = last_outcome(device);
    ++(!outcome                       ? all.unknown
       : *outcome == Outcome::failed  ? all.failed
       : *outcome == Outcome::offline ? all.offline
                                      : all.ok);
    if (outcome == Outcome::failed) failures.add(device);
    if (outcome == Outcome::offline) all.offline_devices.push_back(&device);
    if (record.ota_status) ota_status.add(*record.ota_status);
    if (record.friendly_status) friendly_status.add(*record.friendly_status);
    const UpdateState state = report::update_state(device);
    if (state != UpdateState::none) update_states.add(state);
    if (state == UpdateState::sent) all.under_way.push_back(&device);
    count_offer(record, all);
    apps.add(record);
    all.last_run = std::max(all.last_run, record.last_run);
  }
  all.devices = &devices;
  all.now = now;
  all.ota_status = ota_status.told();
  all.friendly_status = friendly_status.told();
  all.update_states = update_states.told();
  all.apps = apps.told();
  all.failures = failures.told();
  all.has_earlier = earlier != nullptr;
  if (earlier != nullptr) all.changes = report::changes_between(*earlier, devices);
  return all;
}

}  // namespace stage3
