#pragma once

#include <string_view>

#include <stage3/config.hpp>

#include "config/key_names.hpp"
#include "config/row.hpp"
#include "config/section.hpp"

namespace stage3::config {

/// One option of section `stage3`: all that the file, Config::set(), Config::validate() and the
/// documentation know about it.
using Key = Row<Config>;

struct Keys {
  const Key* first;
  /// Behind it.
  const Key* last;
  const Key* begin() const noexcept { return first; }
  const Key* end() const noexcept { return last; }
};

/// In the order of the documentation.
Keys all_keys() noexcept;

/// Their names, in that order.
const KeyNames& key_names();

/// null: there is none.
const Key* find_key(std::string_view name);

/// Whether there are keys `name.something`.
bool is_section(std::string_view name);

/// Sets one option, a list from its text (see parse_items()). Throws Refusal, with nothing changed,
/// for an unfit value.
void apply(const Key& key, const SectionScalar& value, Config& config);

/// The same for an option that is a list.
void apply(const Key& key, Items items, Config& config);

/// Throws Refusal if the option has a value that apply() would not have given it.
void check(const Key& key, const Config& config);

/// The refusal of a key that is neither an option nor a section: names the nearest one.
Refusal unknown_key(std::string_view name);

}  // namespace stage3::config
