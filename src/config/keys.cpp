#include "config/keys.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/scalars.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_problem.hpp"

namespace stage3::config {
namespace {

/// `member` gives the place of the value in a Config.
template <class Type, class Member>
Key make_key(std::string_view name, Type type, Member member) {
  const auto assign = [type, member](Config& config, std::string_view text) {
    const auto value = type.parse(text);
    if (!value || !type.allows(*value)) return false;
    member(config) = *value;
    return true;
  };
  return {name,
          type.expects(),
          Type::kKind,
          assign,
          [type, member](const Config& config) { return type.show(member(config)); },
          [type, member](const Config& config) { return type.allows(member(config)); }};
}

template <class Type, class Value>
Key row(std::string_view name, Type type, Value Config::*value) {
  return make_key(
      name, type, [value](auto&& config) -> auto& { return config.*value; });
}

template <class Type, class Section, class Value>
Key row(std::string_view name, Type type, Section Config::*section, Value Section::*value) {
  return make_key(
      name, type, [ section, value ](auto&& config) -> auto& { return config.*section.*value; });
}

/// `ota` of `ota.mode`; empty for a key that is in no section.
std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

Refusal unfit(const Key& key, std::string_view value, std::string_view hint) {
  std::string message =
      std::string(key.name) + " must be " + key.expects + ", not " + quoted(value);
  if (!hint.empty()) message += ": " + std::string(hint);
  return {message};
}

}  // namespace

const std::vector<Key>& all_keys() {
  static const std::vector<Key> keys{
      row("enabled", Boolean{}, &Config::enabled),
      row("ip_state_file", Path{false}, &Config::ip_state_file),
      row("concurrency", Whole{1, 65536}, &Config::concurrency),
      row("ota.enabled", Boolean{}, &Config::ota, &Config::Ota::enabled),
      row("ota.mode", Mode{}, &Config::ota, &Config::Ota::mode),
      row("ota.timeout", Seconds{}, &Config::ota, &Config::Ota::timeout),
      row("ota.stage", Stage{}, &Config::ota, &Config::Ota::stage),
      row("ota.rate", Rate{}, &Config::ota, &Config::Ota::rate),
      row("ota.max_per_run", Whole{0, 1000000000}, &Config::ota, &Config::Ota::max_per_run),
      row("friendly.enabled", Boolean{}, &Config::friendly, &Config::Friendly::enabled),
      row("friendly.field_name", FieldName{}, &Config::friendly, &Config::Friendly::field_name),
      row("friendly.backfill", Boolean{}, &Config::friendly, &Config::Friendly::backfill),
      row("friendly.max_length", Whole{1, 255}, &Config::friendly, &Config::Friendly::max_length),
      row("timeouts.ping", Seconds{}, &Config::timeouts, &Config::Timeouts::ping),
      row("timeouts.reach", Seconds{}, &Config::timeouts, &Config::Timeouts::reach),
      row("timeouts.rpc", Seconds{}, &Config::timeouts, &Config::Timeouts::rpc),
      row("network.connect_rate", Rate{}, &Config::network, &Config::Network::connect_rate),
      row("logging.base_path", Path{true}, &Config::logging, &Config::Logging::base_path),
      row("auth.secrets_file", Path{true}, &Config::auth, &Config::Auth::secrets_file),
  };
  return keys;
}

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
  if (value.quoted && key.kind != Kind::text) {
    throw Refusal{std::string(key.name) + " must be " + key.expects + ", not the text " +
                  quoted(value.text) + ": remove the quotes"};
  }
  if (key.assign(config, value.text)) return;
  throw unfit(key, value.text, key.kind == Kind::number ? number_hint(value.text) : "");
}

void check(const Key& key, const Config& config) {
  if (!key.is_fit(config)) throw unfit(key, key.show(config), "");
}

Refusal unknown_key(std::string_view name) {
  const std::string_view own_section = section_of(name);
  std::vector<std::string_view> known;
  std::string siblings;
  for (const Key& key : all_keys()) {
    const std::string_view section = section_of(key.name);
    if (!section.empty() && section == own_section)
      siblings += (siblings.empty() ? "" : ", ") + std::string(key.name);
    if (!section.empty() && (known.empty() || section_of(known.back()) != section)) {
      known.push_back(section);
    }
    known.push_back(key.name);
  }
  const std::string unknown = "unknown key " + quoted(name);
  if (name.find(':') != std::string_view::npos) return {unknown + ": " + kNoBlank};
  const std::string_view meant = nearest(name, known);
  if (!meant.empty() && meant != own_section)
    return {unknown + ", did you mean " + quoted(meant) + "?"};
  if (!siblings.empty()) return {unknown + "; there is " + siblings};
  return {unknown + "; the README has all keys"};
}

}  // namespace stage3::config
