#include "state_diff.hpp"

#include <stage3/text.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "target.hpp"

namespace stage3::fuzz {

namespace {

constexpr std::array kOurs{"ota_status", "friendly_status", "last_run",    "last_seen",
                           "fw",         "update",          "device_name", "error"};

bool looks_like_mac(std::string_view key) {
  const bool has_pairs = key.size() == 17;
  if (!has_pairs && key.size() != 12) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool is_hex = std::isxdigit(static_cast<unsigned char>(key[i])) != 0;
    const bool is_separator = key[i] == key[2] && (key[i] == ':' || key[i] == '-');
    if (has_pairs && i % 3 == 2 ? !is_separator : !is_hex) return false;
  }
  return true;
}

std::vector<const Json::Member*> entries_of(const Json& tree) {
  const Json* devices = tree.find("devices");
  std::vector<const Json::Member*> out;
  for (const Json::Member& member : devices != nullptr ? devices->members : tree.members) {
    const bool is_entry = devices != nullptr || member.value.kind == Json::Kind::object ||
                          looks_like_mac(member.name);
    if (is_entry) out.push_back(&member);
  }
  return out;
}

bool is_ours(const std::string& name) {
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

/// What must be in a member of ours; `keep`: what was there before, spelling included.
struct Expected {
  bool keep = false;
  std::optional<std::string> text;
};

Expected expect_field(const std::string& name, const state::Record::Content& record) {
  const auto text_or_none = [](std::string_view text) {
    return text.empty() ? Expected{} : Expected{false, std::string(text)};
  };
  const Expected kept{true, std::nullopt};
  if (name == "last_run") return {false, to_utc(record.last_run)};
  if (name == "error") return text_or_none(record.error);
  if (name == "ota_status") {
    return record.ota_status ? Expected{false, to_string(*record.ota_status)} : kept;
  }
  if (name == "friendly_status") {
    return record.friendly_status ? Expected{false, to_string(*record.friendly_status)} : kept;
  }
  if (!record.observation) return kept;
  const auto& seen = *record.observation;
  if (name == "last_seen") return {false, to_utc(seen.last_seen)};
  if (name == "fw") return seen.fw.empty() ? kept : text_or_none(seen.fw);
  if (name == "update") return text_or_none(seen.update);
  if (!seen.device_name) return {};
  return {false, std::string(*seen.device_name)};
}

void check_field(const Json* before, const Json* after, const Expected& expected) {
  if (expected.keep) {
    require((before == nullptr) == (after == nullptr), "a member not recorded stays");
    if (after != nullptr) require(before->raw == after->raw, "a value not recorded stays");
  } else {
    require((after != nullptr) == expected.text.has_value(),
            "a member is there if it says something");
    if (after == nullptr) return;
    require(after->kind == Json::Kind::string && after->text == *expected.text,
            "a member says what was recorded");
  }
}

std::vector<std::string_view> foreign_members(const Json& object) {
  std::vector<std::string_view> out;
  for (const Json::Member& member : object.members)
    if (!is_ours(member.name)) out.push_back(member.raw);
  return out;
}

void check_stage3(const Json* before, const Json* after, const state::Record::Content& record) {
  static const Json kEmpty;
  if (before == nullptr) before = &kEmpty;
  require(after != nullptr && after->kind == Json::Kind::object, "stage3 is there");
  require(foreign_members(*before) == foreign_members(*after), "foreign members of stage3 stay");
  for (const char* name : kOurs)
    check_field(before->find(name), after->find(name), expect_field(name, record));
}

/// The members of an entry with those left out or stripped of their value that may change.
std::vector<std::string_view> members_that_stay(const Json& entry, const Json& before) {
  std::vector<std::string_view> out;
  for (const Json::Member& member : entry.members) {
    const bool fills_in = member.name == "model" || member.name == "hostname";
    if (member.name == "stage3" || (fills_in && before.find(member.name) == nullptr)) continue;
    const Json* fw = before.find("fw");
    const bool follows = member.name == "fw" && fw != nullptr && fw->kind == Json::Kind::string;
    const auto value_at = static_cast<std::size_t>(member.value.raw.data() - member.raw.data());
    out.push_back(follows ? member.raw.substr(0, value_at) : member.raw);
  }
  return out;
}

void check_filled_in(const Json& before, const Json& after, const char* name,
                     std::string_view text) {
  const Json* filled = after.find(name);
  if (before.find(name) != nullptr) return;
  require((filled != nullptr) == !text.empty(), "what is not known of a device is filled in");
  if (filled != nullptr) require(filled->text == text, "it is filled in as it is");
}

void check_fw(const Json& before, const Json& after, const state::Record::Observation& seen) {
  const Json* old = before.find("fw");
  if (old == nullptr || old->kind != Json::Kind::string) return;
  const bool is_full = old->raw.find('/') != std::string_view::npos;
  const std::string_view fw = is_full ? seen.fw_id : seen.fw;
  require(after.find("fw")->text == (fw.empty() ? old->text : fw), "fw follows the device");
}

void check_entry(const Json& before, const Json& after, const state::Record::Content& record) {
  require(members_that_stay(before, before) == members_that_stay(after, before),
          "foreign members of an entry stay");
  check_stage3(before.find("stage3"), after.find("stage3"), record);
  const bool is_seen = record.observation.has_value();
  check_filled_in(before, after, "model", is_seen ? record.observation->app : "");
  check_filled_in(before, after, "hostname", is_seen ? record.observation->id : "");
  if (is_seen) check_fw(before, after, *record.observation);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The text between where the last one ended and this value; moves on behind the value.
std::string_view gap_before(const ReadState& state, const Json& value, std::size_t& at) {
  const auto begin = static_cast<std::size_t>(value.raw.data() - state.bytes.data());
  const std::string_view gap = state.bytes.substr(at, begin - at);
  at = begin + value.raw.size();
  return gap;
}

}  // namespace

void require_differ_in_ours_only(const ReadState& before, const ReadState& after,
                                 const std::vector<bool>& is_recorded,
                                 const state::Record::Content& record) {
  const auto old_entries = entries_of(before.tree);
  const auto new_entries = entries_of(after.tree);
  require(old_entries.size() == is_recorded.size(), "every entry is found");
  require(old_entries.size() == new_entries.size(), "no entry comes or goes");
  require(!is_ascii(before.bytes) || is_ascii(after.bytes), "a file in ASCII stays so");

  std::size_t old_at = 0;
  std::size_t new_at = 0;
  for (std::size_t i = 0; i < old_entries.size(); ++i) {
    const Json& old_value = old_entries[i]->value;
    const Json& new_value = new_entries[i]->value;
    require(gap_before(before, old_value, old_at) == gap_before(after, new_value, new_at),
            "nothing changes outside of the entries");
    if (is_recorded[i]) {
      check_entry(old_value, new_value, record);
    } else {
      require(old_value.raw == new_value.raw, "an entry that is not recorded stays");
    }
  }
  require(before.bytes.substr(old_at) == after.bytes.substr(new_at), "nothing changes at the end");
}

}  // namespace stage3::fuzz
