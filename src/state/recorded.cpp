#include "state/recorded.hpp"

namespace stage3::state {
namespace {

/// Whether the update on record there is news to this store: neither read nor saved by it. One that
/// is equal to ours, and was there before ours was saved, is of another machine that has sent it in
/// the same second. What is older than what we know is an old copy that somebody has put back, and
/// what was taken out is not news either: no record of ours is lost by that.
bool is_of_others(const UpdateRecord& in_file, std::size_t device, const Recorded& recorded) {
  if (in_file.state == UpdateState::none || in_file.state == UpdateState::unreadable) return false;
  const auto& on_record = recorded.devices[device].on_record;
  const UpdateRecord* const read = on_record ? on_record->ota.get() : nullptr;
  if (read != nullptr && is_same_send(in_file, *read)) return false;
  if (recorded.sends.has(device, in_file)) return false;
  const Record::Update ours = *recorded.records[device]->content().ota;
  if (recorded.sends.has(device, ours)) return in_file.sent_at > ours.sent_at;
  return read == nullptr || in_file.sent_at > read->sent_at;
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
