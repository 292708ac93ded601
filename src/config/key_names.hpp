#pragma once

#include <string_view>
#include <vector>

#include "config/section.hpp"

namespace stage3::config {

// What the names of all keys (dotted, any number of levels) say about another one.

using KeyNames = std::vector<std::string_view>;

/// Whether there are keys `name.something`.
bool is_section(std::string_view name, const KeyNames& keys);

/// The refusal of a key that is neither one of `keys` nor a section: names the nearest one.
Refusal unknown_key(std::string_view name, const KeyNames& keys);

}  // namespace stage3::config
