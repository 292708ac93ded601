#include "state/recorded.hpp"

namespace stage3::state {
namespace {

/// Whether the update on record there is news to this store: neither read nor saved by it. One that
/// is equal to ours, and was there before ours was saved, is of another machine that has sent it in
/// the same second. What is older than what we know is an old copy that somebody has put back, and
/// what was taken out is not news either: no record of ours is lost by that.
bool is_of_others(const UpdateRecord& in_file, const Record::Update& ours,
                  const UpdateRecord* const read, std::size_t device, const Sends& sends) {
  if (in_file.state == UpdateState::none || in_file.state == UpdateState::unreadable) return false;
  if (read != nullptr && is_same_send(in_file, *read)) return false;
  if (sends.has(device, in_file)) return false;
  if (sends.has(device, ours)) return in_file.sent_at > ours.sent_at;
  return read == nullptr || in_file.sent_at > read->sent_at;
}

/// Whether the key there is another one than the device was asked with: than the one that was
/// learnt or taken, else the one that it was handed out with; none of both: it was asked without.
/// The one that was on record then may give way to one that was taken knowingly.
bool is_key_of_others(const KeyInFile& in_file, const Record::Content& content,
                      const OnRecord* read) {
  if (!in_file.is_there) return false;
  if (!in_file.pin) return true;
  const auto before = read != nullptr ? read->tls : std::nullopt;
  const auto& asked_with = content.tls ? content.tls : before;
  if (asked_with && in_file.pin->key == asked_with->key) return false;
  return !(content.tls_is_taken && before && in_file.pin->key == before->key);
}

/// Whether the record is of an update that leaves once this is saved. One that is in the file
/// already has left, or will not.
bool is_to_be_sent(const Record::Content& content, const UpdateRecord& in_file) {
  if (!content.is_intent || !content.ota || content.ota->state != UpdateState::sent) return false;
  return in_file.state != UpdateState::sent || in_file.to != content.ota->to ||
         in_file.build != content.ota->build || in_file.attempts != content.ota->attempts;
}

/// Marks what the entry keeps of others. What there is to be told of that comes to `assigned`.
void mark(Entry& entry, const Document& document, std::size_t device, const std::string& key,
          const Recorded& recorded, Assigned& assigned) {
  entry.has_ota_of_others = entry.has_key_of_others = entry.has_no_send = false;
  const Record::Content content = recorded.records[device]->content();
  if (!content.ota && !content.tls) return;
  const auto read = recorded.devices.on_record(device);
  const UpdateRecord in_file = ota_in(document, entry);
  entry.has_ota_of_others =
      content.ota &&
      is_of_others(in_file, *content.ota, read ? read->ota.get() : nullptr, device, recorded.sends);
  entry.has_key_of_others = is_key_of_others(key_in(document, entry), content, read.get());
  entry.has_no_send = entry.has_key_of_others && is_to_be_sent(content, in_file);
  const bool keeps_key = entry.has_key_of_others && (content.tls || entry.has_no_send);
  if (keeps_key) assigned.rekeyed.push_back(key);
  if (keeps_key || (content.ota && entry.keeps_ota())) assigned.ambiguous.push_back(key);
}

}  // namespace

Assigned assign(Document& document, const Recorded& recorded) {
  Assigned assigned;
  assigned.records.resize(document.entries.size());
  const HandedOut::List devices = recorded.devices.fixed();
  for (std::size_t i = 0; i < recorded.records.size(); ++i) {
    if (recorded.records[i] == nullptr) continue;
    // Most likely it is where it was.
    const Device& device = (*devices)[i];
    if (const auto index = document.find(device.mac, i)) {
      assigned.records[*index] = recorded.records[i];
      mark(document.entries[*index], document, i, device.key, recorded, assigned);
    } else {
      (document.has(device.mac) ? assigned.ambiguous : assigned.vanished).push_back(device.key);
    }
  }
  return assigned;
}

}  // namespace stage3::state
