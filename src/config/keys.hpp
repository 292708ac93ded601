#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/config.hpp>

#include "config/section.hpp"
#include "config/value_types.hpp"

namespace stage3::config {

/// One option of section `stage3`: all that the file, Config::set() and Config::validate() know
/// about it.
struct Key {
  std::string_view name;                                  ///< `ota.mode`
  std::string expects;                                    ///< what a value must be, for messages
  Kind kind;                                              ///< a text may be quoted
  std::function<bool(Config&, std::string_view)> assign;  ///< false: unfit, nothing was changed
  std::function<std::string(const Config&)> show;         ///< the value as assign() takes it
  std::function<bool(const Config&)> is_fit;              ///< the value is one assign() can give
};

/// In the order of the documentation.
const std::vector<Key>& all_keys();

/// null: there is none.
const Key* find_key(std::string_view name);

/// Whether there are keys `name.something`.
bool is_section(std::string_view name);

/// Sets one option. Throws Refusal, with nothing changed, for an unfit value.
void apply(const Key& key, const SectionScalar& value, Config& config);

/// Throws Refusal if the option has a value that apply() would not have given it.
void check(const Key& key, const Config& config);

/// The refusal of a key that is neither an option nor a section: names the nearest one.
Refusal unknown_key(std::string_view name);

}  // namespace stage3::config
