#include "known_defects.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace cli {
namespace {

using stage3::Device;

std::int64_t last_run(const Device& device) {
  return device.on_record ? device.on_record->last_run : 0;
}

/// Another place or reason is another defect.
std::string text_of(const Device& device) {
  return device.key + '\0' + device.address_text + '\0' + device.defect;
}

/// Whether a run was done with each device that stands in both, and can be used in both.
bool is_whole_run_between(const std::vector<Device>& before, const std::vector<Device>& now) {
  std::unordered_map<std::string_view, const Device*> earlier;
  for (const Device& device : before)
    if (device.defect.empty()) earlier.emplace(device.key, &device);
  std::size_t both = 0;
  const bool are_newer = std::all_of(now.begin(), now.end(), [&](const Device& device) {
    const auto at = earlier.find(device.key);
    if (!device.defect.empty() || at == earlier.end()) return true;
    ++both;
    return last_run(device) > last_run(*at->second);
  });
  return both > 0 && are_newer;
}

}  // namespace

KnownDefects::KnownDefects(const std::vector<Device>& now, const std::vector<Device>& before) {
  if (!is_whole_run_between(before, now)) return;
  for (const Device& device : before)
    if (!device.defect.empty()) told_.insert(text_of(device));
}

bool KnownDefects::has(const Device& device) const {
  return !device.defect.empty() && told_.count(text_of(device)) != 0;
}

}  // namespace cli
