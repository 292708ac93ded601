#include "state_diff.hpp"

#include <stage3/text.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "target.hpp"
#include "unicode.hpp"

namespace stage3::fuzz {

namespace {

constexpr std::array kOurs{
    "ota_status", "friendly_status", "last_run",    "last_seen", "fw",       "fw_id",        "app",
    "update",     "update_build",    "device_name", "error",     "error_id", "failing_since"};
/// An object, whose foreign members stay.
constexpr const char* kUpdate = "ota";
constexpr std::array kOfUpdate{"state",   "from",     "to",       "build",
                               "sent_at", "ended_at", "attempts", "error"};

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
  return name == kUpdate || std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
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
  if (name == "last_run") return record.last_run ? Expected{false, to_utc(*record.last_run)} : kept;
  if (name == "error") return record.last_run ? text_or_none(record.error) : kept;
  if (name == "error_id") return record.last_run ? text_or_none(record.error_id) : kept;
  if (name == "failing_since") {
    if (!record.last_run) return kept;
    return text_or_none(record.failing_since == 0 ? "" : to_utc(record.failing_since));
  }
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
  if (name == "fw_id") return seen.fw_id.empty() ? kept : text_or_none(seen.fw_id);
  if (name == "app") return seen.app.empty() ? kept : text_or_none(seen.app);
  if (name == "update") return text_or_none(seen.update);
  if (name == "update_build") return text_or_none(seen.update.empty() ? "" : seen.update_build);
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

bool is_attempts(std::string_view raw) {
  const bool is_plain =
      std::all_of(raw.begin(), raw.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_plain && raw != "0" && (raw.size() < 7 || raw == "1000000");
}

/// Whether a member of a record of an update says something that its name can mean.
bool is_one(std::string_view name, const Json& value) {
  static const std::array kStates{"sent",  "updated", "unchanged", "unstable",
                                  "other", "refused", "lost"};
  if (name == "attempts") return value.kind == Json::Kind::number && is_attempts(value.raw);
  if (value.kind != Json::Kind::string || !decode(value.text)) return false;
  if (name == "state")
    return std::find(kStates.begin(), kStates.end(), value.text) != kStates.end();
  if (name == "sent_at" || name == "ended_at") return from_utc(value.text).value_or(0) > 0;
  return value.text.size() <= (name == "error" ? state::kMaxError : state::kMaxFact);
}

/// What a record of an update must be for anybody to go by it.
bool is_readable(const Json& ota) {
  if (ota.kind != Json::Kind::object) return false;
  for (const char* name : kOfUpdate) {
    const auto is_it = [&](const Json::Member& member) { return member.name == name; };
    if (std::count_if(ota.members.begin(), ota.members.end(), is_it) > 1) return false;
    const Json* value = ota.find(name);
    if (value != nullptr && value->kind != Json::Kind::null && !is_one(name, *value)) return false;
  }
  const auto says = [&](const char* name) {
    const Json* value = ota.find(name);
    return value != nullptr && !value->text.empty();
  };
  return says("state") && says("to") && says("sent_at");
}

/// Foreign members of a record of an update stay, and one that cannot be read stays as it is.
void check_update(const Json* before, const Json* after, const state::Record::Content& record) {
  const bool is_none = before == nullptr || before->kind == Json::Kind::null;
  if (!record.ota || (!is_none && !is_readable(*before))) {
    require((before == nullptr) == (after == nullptr), "a record that is not ours to change stays");
    if (after != nullptr) require(before->raw == after->raw, "a record stays as it is");
    return;
  }
  if (record.ota->state == UpdateState::none)
    return require(after == nullptr, "what was taken back is gone");
  require(after != nullptr && is_readable(*after), "a record is one");
  require(after->find("state")->text == to_string(record.ota->state), "it says what became of it");
  require(after->find("to")->text == record.ota->to, "it says what was sent");
  const auto theirs = [](const Json& object) {
    std::vector<std::string_view> out;
    for (const Json::Member& member : object.members) {
      if (std::find(kOfUpdate.begin(), kOfUpdate.end(), member.name) == kOfUpdate.end())
        out.push_back(member.raw);
    }
    return out;
  };
  if (!is_none) require(theirs(*before) == theirs(*after), "foreign members of a record stay");
}

void check_stage3(const Json* before, const Json* after, const state::Record::Content& record) {
  static const Json kEmpty;
  const bool adds = record.last_run || (record.ota && record.ota->state != UpdateState::none);
  if (!adds && (before == nullptr || before->kind != Json::Kind::object))
    return require((before == nullptr) == (after == nullptr), "nothing to say makes no stage3");
  if (before == nullptr) before = &kEmpty;
  require(after != nullptr && after->kind == Json::Kind::object, "stage3 is there");
  require(foreign_members(*before) == foreign_members(*after), "foreign members of stage3 stay");
  for (const char* name : kOurs)
    check_field(before->find(name), after->find(name), expect_field(name, record));
  check_update(before->find(kUpdate), after->find(kUpdate), record);
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
