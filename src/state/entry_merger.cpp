#include "state/entry_merger.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/assert.hpp"
#include "json/reader.hpp"
#include "state/fields.hpp"
#include "state/scan.hpp"

namespace stage3::state {
namespace {

using Places = std::array<Offset, kMaxChanges>;

bool has_members(std::string_view bytes, const Member& value) {
  return bytes[value.value] == '{' && !is_empty(bytes, value);
}

/// Where the members that are to change begin. Of one that is given twice it is the last: the one
/// that other readers take.
Places places_in(std::string_view bytes, const Member& object, Changes changes) {
  Places places{};
  for (Member member = first_member(bytes, object); member; member = next_member(bytes, member)) {
    const std::size_t name_end = string_end(bytes, member.key);
    const std::string name = json::decode_string(bytes.substr(member.key, name_end - member.key));
    for (std::size_t i = 0; i < changes.count; ++i) {
      if (changes.first[i].name == name) places[i] = member.key;
    }
  }
  return places;
}

}  // namespace

void ObjectMerger::edit(const Member& object, Changes changes, const Layout& outer) const {
  const Places places = places_in(bytes_, object, changes);
  edit(object, changes, places.data(), outer);
}

void ObjectMerger::edit(const Member& object, Changes changes, const Offset* places,
                        const Layout& outer) const {
  STAGE3_ASSERT(changes.count <= kMaxChanges);
  std::array<std::size_t, kMaxChanges> in_file_order;
  auto* const end = in_file_order.begin() + changes.count;
  std::iota(in_file_order.begin(), end, std::size_t{0});
  std::sort(in_file_order.begin(), end,
            [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  const Layout layout = layout_of_inner(bytes_, object, outer);
  ObjectEditor editor(bytes_, object, layout, splices_);
  for (const auto* i = in_file_order.begin(); i != end; ++i) {
    const Change& change = changes.first[*i];
    if (places[*i] == 0 || change.kind == Change::Kind::keep) continue;
    const Member member = member_at(bytes_, places[*i]);
    if (change.kind == Change::Kind::remove) {
      editor.remove(member);
    } else {
      replace(editor, member, change.value, layout);
    }
  }
  for (std::size_t i = 0; i < changes.count; ++i) {
    const Change& change = changes.first[i];
    if (change.adds() && places[i] == 0) {
      append(editor.append(change.name), change.value, layout);
    }
  }
}

void ObjectMerger::build(std::string& out, Changes changes, const Layout& outer) const {
  const Layout layout = outer.nested();
  ObjectBuilder object(layout, out);
  for (const Change& change : changes) {
    if (change.adds()) append(object.add(change.name), change.value, layout);
  }
  object.finish();
}

/// What says the same already stays as it is spelled.
void ObjectMerger::replace(ObjectEditor& editor, const Member& member, const Value& value,
                           const Layout& layout) const {
  const auto* inner = std::get_if<Changes>(&value);
  if (inner != nullptr && has_members(bytes_, member)) return edit(member, *inner, layout);
  const std::string_view token = bytes_.substr(member.value, member.end - member.value);
  if (inner == nullptr && spelling_.says(token, value)) return;
  append(editor.replace(member), value, layout);
}

void ObjectMerger::append(std::string& out, const Value& value, const Layout& layout) const {
  if (const auto* inner = std::get_if<Changes>(&value)) return build(out, *inner, layout);
  spelling_.append(out, value);
}

EntryMerger::EntryMerger(std::string_view bytes, const Entry& entry, const Record::Content& record,
                         Spelling& spelling, Splices& splices)
    : bytes_(bytes),
      entry_(entry),
      record_(record),
      spelling_(spelling),
      layout_(layout_of(bytes, entry)),
      objects_(bytes, spelling, splices),
      editor_(bytes, entry.whole, layout_, splices) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    changes_[i] = fields()[i].change(record, inner_);
    changes_[i].name = fields()[i].name;
  }
  if (entry.keeps_ota()) changes_[field_index("ota")].kind = Change::Kind::keep;
  if (entry.has_key_of_others) changes_[field_index("tls")].kind = Change::Kind::keep;
}

/// Works from the front of the entry to its end, as ObjectEditor and Splices want it.
void EntryMerger::merge() {
  const bool fw_first = entry_.fw < entry_.stage3.key;
  if (fw_first) merge_fw();
  if (entry_.stage3) merge_stage3();
  if (!fw_first) merge_fw();
  fill_in();
  if (!entry_.stage3 && adds_any()) objects_.build(editor_.append("stage3"), changes(), layout_);
}

/// The entry's own `fw`, in the style it has: bare version or full firmware id.
void EntryMerger::merge_fw() {
  if (entry_.fw == 0 || !record_.observation) return;
  const Member member = member_at(bytes_, entry_.fw);
  const std::string_view old = bytes_.substr(member.value, member.end - member.value);
  const bool is_full = old.find('/') != std::string_view::npos;
  const std::string_view fw = is_full ? record_.observation->fw_id : record_.observation->fw;
  if (!fw.empty() && !spelling_.says(old, fw)) spelling_.append(editor_.replace(member), fw);
}

/// What only takes a member out makes no object to take it from.
bool EntryMerger::adds_any() const {
  return std::any_of(changes_.begin(), changes_.end(),
                     [](const Change& change) { return change.adds(); });
}

void EntryMerger::fill_in() {
  if (!record_.observation) return;
  const Record::Observation& seen = *record_.observation;
  if (!entry_.has_model && !seen.app.empty()) spelling_.append(editor_.append("model"), seen.app);
  if (!entry_.has_hostname && !seen.id.empty()) {
    spelling_.append(editor_.append("hostname"), seen.id);
  }
}

void EntryMerger::merge_stage3() {
  if (has_members(bytes_, entry_.stage3)) {
    objects_.edit(entry_.stage3, changes(), entry_.fields.data(), layout_);
  } else if (adds_any()) {
    objects_.build(editor_.replace(entry_.stage3), changes(), layout_);
  }
}

}  // namespace stage3::state
