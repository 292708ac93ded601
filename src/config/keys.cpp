#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "config/scalars.hpp"
#include "config/suggestion.hpp"

namespace stage3::config {
namespace {

constexpr std::string_view kBoolean = "true or false";
constexpr std::string_view kSeconds = "a number of seconds > 0 and at most 3600";
constexpr std::string_view kRate = "a number per second from 0 (no limit) to 1000000";
constexpr double kMaxRate = 1e6;

template <class T>
bool store(T& target, const std::optional<T>& value) {
  if (!value) return false;
  target = *value;
  return true;
}

bool store_path(std::string& target, std::string_view value) {
  if (value.empty() || value.find('\0') != std::string_view::npos) return false;
  target = value;
  return true;
}

/// The empty text is what the default is too: none.
bool store_optional_path(std::string& target, std::string_view value) {
  if (!value.empty()) return store_path(target, value);
  target.clear();
  return true;
}

/// The members of an entry that mean something else; some of them are written.
bool is_other_field(std::string_view name) {
  constexpr std::string_view kOthers[] = {"ip",       "port",        "model", "fw",
                                          "hostname", "mac_aliases", "stage3"};
  return std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
}

bool store_field_name(std::string& target, std::string_view value) {
  if (value.empty() || is_other_field(value) || !is_valid_utf8(value)) return false;
  target = value;
  return true;
}

std::optional<OtaMode> parse_mode(std::string_view value) {
  if (value == "check_only") return OtaMode::check_only;
  if (value == "check_and_update") return OtaMode::check_and_update;
  return std::nullopt;
}

std::optional<OtaStage> parse_stage(std::string_view value) {
  if (value == "stable") return OtaStage::stable;
  if (value == "beta") return OtaStage::beta;
  return std::nullopt;
}

/// `ota` of `ota.mode`; empty for a key that is in no section.
std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string show(const std::string& value) {
  return value;
}

std::string show(bool value) {
  return value ? "true" : "false";
}

std::string show(unsigned value) {
  return std::to_string(value);
}

std::string show(double value) {
  // The smallest number above 0 takes 325 digits behind its point.
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return {text.data(), end.ptr};
}

std::string show(Duration value) {
  return show(std::chrono::duration<double>(value).count());
}

std::string show(OtaMode value) {
  return value == OtaMode::check_only ? "check_only" : "check_and_update";
}

std::string show(OtaStage value) {
  return value == OtaStage::stable ? "stable" : "beta";
}

using Value = std::string_view;
using Assign = bool (*)(Config&, Value);
using Show = std::string (*)(const Config&);

Key boolean(std::string_view name, Assign assign, Show shower) {
  return {name, kBoolean, false, assign, shower};
}
Key number(std::string_view name, std::string_view expects, Assign assign, Show shower) {
  return {name, expects, false, assign, shower};
}
Key text(std::string_view name, std::string_view expects, Assign assign, Show shower) {
  return {name, expects, true, assign, shower};
}

}  // namespace

// clang-format off
const std::vector<Key>& all_keys() {
  static const std::vector<Key> keys{
      boolean("enabled",
              [](Config& c, Value v) { return store(c.enabled, parse_boolean(v)); },
              [](const Config& c) { return show(c.enabled); }),
      text("ip_state_file", "a file's path, not empty",
              [](Config& c, Value v) { return store_path(c.ip_state_file, v); },
              [](const Config& c) { return show(c.ip_state_file); }),
      number("concurrency", "a whole number from 1 to 65536",
              [](Config& c, Value v) { return store(c.concurrency, parse_whole(v, 1, 65536)); },
              [](const Config& c) { return show(c.concurrency); }),
      boolean("ota.enabled",
              [](Config& c, Value v) { return store(c.ota.enabled, parse_boolean(v)); },
              [](const Config& c) { return show(c.ota.enabled); }),
      text("ota.mode", "check_only or check_and_update",
              [](Config& c, Value v) { return store(c.ota.mode, parse_mode(v)); },
              [](const Config& c) { return show(c.ota.mode); }),
      number("ota.timeout", kSeconds,
              [](Config& c, Value v) { return store(c.ota.timeout, parse_seconds(v)); },
              [](const Config& c) { return show(c.ota.timeout); }),
      text("ota.stage", "stable or beta",
              [](Config& c, Value v) { return store(c.ota.stage, parse_stage(v)); },
              [](const Config& c) { return show(c.ota.stage); }),
      number("ota.rate", kRate,
              [](Config& c, Value v) { return store(c.ota.rate, parse_number(v, kMaxRate)); },
              [](const Config& c) { return show(c.ota.rate); }),
      number("ota.max_per_run", "a whole number from 0 (no limit) to 1000000000",
              [](Config& c, Value v) { return store(c.ota.max_per_run, parse_whole(v, 0, 1000000000)); },
              [](const Config& c) { return show(c.ota.max_per_run); }),
      boolean("friendly.enabled",
              [](Config& c, Value v) { return store(c.friendly.enabled, parse_boolean(v)); },
              [](const Config& c) { return show(c.friendly.enabled); }),
      text("friendly.field_name", "the name of a field that has no other meaning, not empty",
              [](Config& c, Value v) { return store_field_name(c.friendly.field_name, v); },
              [](const Config& c) { return show(c.friendly.field_name); }),
      boolean("friendly.backfill",
              [](Config& c, Value v) { return store(c.friendly.backfill, parse_boolean(v)); },
              [](const Config& c) { return show(c.friendly.backfill); }),
      number("friendly.max_length", "a whole number from 1 to 255",
              [](Config& c, Value v) { return store(c.friendly.max_length, parse_whole(v, 1, 255)); },
              [](const Config& c) { return show(c.friendly.max_length); }),
      number("timeouts.ping", kSeconds,
              [](Config& c, Value v) { return store(c.timeouts.ping, parse_seconds(v)); },
              [](const Config& c) { return show(c.timeouts.ping); }),
      number("timeouts.reach", kSeconds,
              [](Config& c, Value v) { return store(c.timeouts.reach, parse_seconds(v)); },
              [](const Config& c) { return show(c.timeouts.reach); }),
      number("timeouts.rpc", kSeconds,
              [](Config& c, Value v) { return store(c.timeouts.rpc, parse_seconds(v)); },
              [](const Config& c) { return show(c.timeouts.rpc); }),
      number("network.connect_rate", kRate,
              [](Config& c, Value v) { return store(c.network.connect_rate, parse_number(v, kMaxRate)); },
              [](const Config& c) { return show(c.network.connect_rate); }),
      text("logging.base_path", "a file's path",
              [](Config& c, Value v) { return store_optional_path(c.logging.base_path, v); },
              [](const Config& c) { return show(c.logging.base_path); }),
      text("auth.secrets_file", "a file's path",
              [](Config& c, Value v) { return store_optional_path(c.auth.secrets_file, v); },
              [](const Config& c) { return show(c.auth.secrets_file); }),
  };
  return keys;
}
// clang-format on

const Key* find_key(std::string_view name) {
  const auto& keys = all_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
  const auto& keys = all_keys();
  return !name.empty() && std::any_of(keys.begin(), keys.end(),
                                      [&](const Key& key) { return section_of(key.name) == name; });
}

void apply(const Key& key, const SectionScalar& value, Config& config) {
  const std::string must = std::string(key.name) + " must be " + std::string(key.expects);
  if (value.quoted && !key.is_text) {
    throw Refusal{must + ", not the text " + quoted(value.text) + ": remove the quotes"};
  }
  if (!key.assign(config, value.text)) throw Refusal{must + ", not " + quoted(value.text)};
}

Refusal unknown_key(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Key& key : all_keys()) {
    const std::string_view section = section_of(key.name);
    if (!section.empty() && (known.empty() || section_of(known.back()) != section)) {
      known.push_back(section);
    }
    known.push_back(key.name);
  }
  return {"unknown key " + quoted(name) + ", did you mean " + quoted(nearest(name, known)) + "?"};
}

}  // namespace stage3::config
