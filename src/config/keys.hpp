#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <stage3/config.hpp>

#include "config/section.hpp"

namespace stage3::config {

/// One option of section `stage3`: all that the file and Config::set() know about it.
struct Key {
  std::string_view name;                                   ///< `ota.mode`
  std::string_view expects;                                ///< what a value must be, for messages
  bool is_text;                                            ///< may be quoted
  bool (*assign)(Config& config, std::string_view value);  ///< false: unfit, nothing was changed
  std::string (*show)(const Config& config);               ///< the value as assign() takes it
};

/// In the order of the documentation.
const std::vector<Key>& all_keys();

/// null: there is none.
const Key* find_key(std::string_view name);

/// Whether there are keys `name.something`.
bool is_section(std::string_view name);

/// Sets one option. Throws Refusal, with nothing changed, for an unfit value.
void apply(const Key& key, const SectionScalar& value, Config& config);

/// The refusal of a key that is neither an option nor a section: names the nearest one.
Refusal unknown_key(std::string_view name);

}  // namespace stage3::config
