#include "config/key_names.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_problem.hpp"

namespace stage3::config {
namespace {

/// `a.b` of `a.b.c`; empty for a key that is in no section.
std::string_view section_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

/// The keys, with each section before the first key in it.
KeyNames with_sections(const KeyNames& keys) {
  KeyNames all;
  for (const std::string_view key : keys) {
    for (std::size_t dot = key.find('.'); dot != std::string_view::npos;
         dot = key.find('.', dot + 1)) {
      const std::string_view section = key.substr(0, dot);
      if (std::find(all.begin(), all.end(), section) == all.end()) all.push_back(section);
    }
    all.push_back(key);
  }
  return all;
}

/// Those directly in `section`; in none, if it is empty.
std::string keys_in(std::string_view section, const KeyNames& known) {
  std::string names;
  for (const std::string_view name : known) {
    if (section_of(name) == section) names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

}  // namespace

bool is_section(std::string_view name, const KeyNames& keys) {
  return !name.empty() && std::any_of(keys.begin(), keys.end(), [&](std::string_view key) {
    return key.size() > name.size() && key[name.size()] == '.' &&
           key.substr(0, name.size()) == name;
  });
}

Refusal unknown_key(std::string_view name, const KeyNames& keys) {
  const std::string unknown = "unknown key " + quoted(name);
  if (name.find(':') != std::string_view::npos) return {unknown + ": " + kNoBlank};

  const KeyNames known = with_sections(keys);
  const std::string_view section = section_of(name);
  const std::string_view meant = nearest(name, known);
  if (!meant.empty() && meant != section)
    return {unknown + ", did you mean " + quoted(meant) + "?"};

  std::string siblings = keys_in(section, known);
  if (siblings.empty()) siblings = keys_in({}, known);
  return {unknown + "; there is " + siblings};
}

}  // namespace stage3::config
