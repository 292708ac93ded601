#include "state/uniqueness.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "state/shown.hpp"

namespace stage3::state {
namespace {

/// An entry's claim to a MAC. Sorting a hundred thousand of them is worth one word to compare.
struct Claim {
  std::uint64_t order;  ///< of the MAC, keys before aliases
  std::uint32_t entry;
  bool is_alias;
  Mac mac;

  friend bool operator<(const Claim& a, const Claim& b) {
    return a.order != b.order ? a.order < b.order : a.entry < b.entry;
  }
  friend bool operator==(const Claim& a, const Claim& b) {
    return a.order == b.order && a.entry == b.entry;
  }
};
using Claims = std::vector<Claim>;

Claim make_claim(const Mac& mac, std::uint32_t entry, bool is_alias) {
  std::array<std::uint8_t, 6> bytes{};
  static_assert(sizeof(Mac) == sizeof bytes && std::is_trivially_copyable_v<Mac>);
  std::memcpy(bytes.data(), &mac, sizeof bytes);
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes)
    number = number << 8 | byte;
  return {number << 1 | (is_alias ? 1U : 0U), entry, is_alias, mac};
}

Claims claims_of(const Contents& contents) {
  const std::vector<Entry>& entries = contents.document.entries;
  Claims claims;
  claims.reserve(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].has_mac) continue;
    claims.push_back(make_claim(entries[i].mac, i, false));
    for (const Mac& alias : contents.devices[i].aliases) {
      if (alias != entries[i].mac) claims.push_back(make_claim(alias, i, true));
    }
  }
  std::sort(claims.begin(), claims.end());
  claims.erase(std::unique(claims.begin(), claims.end()), claims.end());
  return claims;
}

void add_defect(Contents& contents, std::size_t entry, std::string text) {
  Device& device = contents.devices[entry];
  if (device.defect.empty()) device.defect = text;
  contents.defects.push_back({entry, contents.document.entries[entry].whole.key, std::move(text)});
}

/// `heir` is the same device: what is on record of an update must not be forgotten with the entry
/// that cannot be used. A record that cannot be read forbids more than any other.
void inherit_update(const Device& from, Device& heir) {
  if (!from.on_record || !from.on_record->ota) return;
  const std::shared_ptr<const UpdateRecord>& theirs = from.on_record->ota;
  const UpdateRecord* const own =
      heir.on_record && heir.on_record->ota ? heir.on_record->ota.get() : nullptr;
  if (own != nullptr && own->state == UpdateState::unreadable) return;
  const bool forbids_more =
      theirs->state == UpdateState::unreadable || own == nullptr || theirs->sent_at > own->sent_at;
  if (!forbids_more) return;
  auto record =
      heir.on_record ? std::make_shared<OnRecord>(*heir.on_record) : std::make_shared<OnRecord>();
  record->ota = theirs;
  heir.on_record = std::move(record);
}

/// `first`..`last` claim one MAC, keys before aliases. A key's rival is another key; an alias
/// yields to anything else.
void judge(Contents& contents, Claims::const_iterator first, Claims::const_iterator last) {
  for (auto claim = first; claim != last; ++claim) {
    const auto rival = std::find_if(first, last, [&](const Claim& other) {
      return other.entry != claim->entry && (claim->is_alias || !other.is_alias);
    });
    if (rival == last) continue;
    const std::string other = shown(contents.devices[rival->entry].key);
    if (!claim->is_alias) {
      contents.document.entries[claim->entry].is_ambiguous = true;
      add_defect(contents, claim->entry, "MAC is also that of entry " + other);
    } else if (rival->is_alias) {
      add_defect(contents, claim->entry,
                 "alias " + claim->mac.to_string() + " is also one of entry " + other);
    } else {
      add_defect(contents, claim->entry,
                 "alias " + claim->mac.to_string() + " is the MAC of entry " + other);
      inherit_update(contents.devices[claim->entry], contents.devices[rival->entry]);
    }
  }
}

}  // namespace

void index_macs(Contents& contents) {
  const Claims claims = claims_of(contents);
  for (auto first = claims.begin(); first != claims.end();) {
    auto last = first;
    while (last != claims.end() && last->mac == first->mac)
      ++last;
    judge(contents, first, last);
    first = last;
  }
  std::vector<std::uint32_t> by_mac;
  by_mac.reserve(claims.size());
  for (const Claim& claim : claims) {
    if (!claim.is_alias) by_mac.push_back(claim.entry);
  }
  contents.document.by_mac = std::make_shared<const std::vector<std::uint32_t>>(std::move(by_mac));
}

}  // namespace stage3::state
