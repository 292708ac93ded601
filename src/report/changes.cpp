#include "report/changes.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <stage3/selection.hpp>

#include "report/facts.hpp"

namespace stage3::report {
namespace {

using Change = Overview::Change;
using Kind = Overview::ChangeKind;

/// Told as a failure by the run that has found it out, and no more later: but nothing is well.
bool has_failed_update(const Device& device) {
  switch (update_state(device)) {
    case UpdateState::unchanged:
    case UpdateState::unstable:
    case UpdateState::other:
    case UpdateState::refused:
    case UpdateState::lost:
      return true;
    default:
      return false;
  }
}

/// What there is between two states of one device.
void compare(const Device& before, const Device& after, std::vector<Change>& changes) {
  const auto was = last_outcome(before);
  const auto is = last_outcome(after);
  const auto add = [&](Kind kind, std::string from, std::string to) {
    changes.push_back({kind, &after, std::move(from), std::move(to)});
  };
  if (was != is && is == Outcome::failed) add(Kind::failed, {}, std::string(error_of(after)));
  if (was != is && is == Outcome::offline) add(Kind::offline, {}, {});
  if (was && was != is && was != Outcome::ok && is == Outcome::ok && !has_failed_update(after))
    add(Kind::recovered, std::string(error_of(before)), {});
  const OnRecord& old = on_record(before);
  const OnRecord& now = on_record(after);
  if (!old.fw.empty() && old.fw != now.fw) add(Kind::firmware, old.fw, now.fw);
  if (old.device_name && now.device_name && *old.device_name != *now.device_name)
    add(Kind::name, *old.device_name, *now.device_name);
  if (!now.update.empty() && old.update != now.update) add(Kind::offered, now.fw, now.update);
}

}  // namespace

std::vector<Change> changes_between(const std::vector<Device>& earlier,
                                    const std::vector<Device>& now) {
  std::unordered_map<std::string_view, const Device*> before;
  before.reserve(earlier.size());
  for (const Device& device : earlier)
    before.emplace(device.key, &device);
  std::unordered_set<const Device*> found;
  found.reserve(earlier.size());
  std::vector<Change> changes;
  for (const Device& device : now) {
    const auto at = before.find(device.key);
    if (at == before.end()) {
      changes.push_back({Kind::added, &device, {}, {}});
    } else {
      found.insert(at->second);
      compare(*at->second, device, changes);
    }
  }
  for (const Device& device : earlier)
    if (found.count(&device) == 0) changes.push_back({Kind::removed, &device, {}, {}});
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.kind < b.kind; });
  return changes;
}

}  // namespace stage3::report
