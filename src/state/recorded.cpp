#include "state/recorded.hpp"

namespace stage3::state {
namespace {

/// Whether the update on record there is news to this store. What was taken out is not: who has
/// lost our record, writing back what was read before, shall not have lost it for good.
bool is_of_others(const UpdateRecord& in_file, std::size_t device, const Recorded& recorded) {
  if (in_file.state == UpdateState::none || in_file.state == UpdateState::unreadable) return false;
  const auto& on_record = recorded.devices[device].on_record;
  const bool is_known = on_record && on_record->ota && is_same_send(in_file, *on_record->ota);
  return !is_known && !is_same_send(in_file, *recorded.records[device]->content().ota) &&
         !recorded.sends.has(device, in_file);
}

}  // namespace

Assigned assign(Document& document, const Recorded& recorded) {
  Assigned assigned;
  assigned.records.resize(document.entries.size());
  for (std::size_t i = 0; i < recorded.records.size(); ++i) {
    if (recorded.records[i] == nullptr) continue;
    // Most likely it is where it was.
    const Device& device = recorded.devices[i];
    if (const auto index = document.find(device.mac, i)) {
      assigned.records[*index] = recorded.records[i];
      if (!recorded.records[i]->has_ota()) continue;
      Entry& entry = document.entries[*index];
      entry.has_ota_of_others = is_of_others(ota_in(document, entry), i, recorded);
      if (entry.keeps_ota()) assigned.ambiguous.push_back(device.key);
    } else {
      (document.has(device.mac) ? assigned.ambiguous : assigned.vanished).push_back(device.key);
    }
  }
  return assigned;
}

}  // namespace stage3::state
