#include "state/recorded.hpp"

namespace stage3::state {

Assigned assign(const Document& document, const Recorded& recorded) {
  Assigned assigned;
  assigned.records.resize(document.entries.size());
  for (std::size_t i = 0; i < recorded.records.size(); ++i) {
    if (recorded.records[i] == nullptr) continue;
    // Most likely it is where it was.
    const Device& device = recorded.devices[i];
    if (const auto index = document.find(device.mac, i)) {
      assigned.records[*index] = recorded.records[i];
      const bool keeps_ota = document.entries[*index].has_unreadable_ota;
      if (keeps_ota && recorded.records[i]->has_ota()) assigned.ambiguous.push_back(device.key);
    } else {
      (document.has(device.mac) ? assigned.ambiguous : assigned.vanished).push_back(device.key);
    }
  }
  return assigned;
}

}  // namespace stage3::state
