#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::config {

/// The value of a key that takes a list of texts.
using Items = std::vector<std::string>;

/// A list as a text: a JSON array of strings, or one item as it is. None: it begins like an array,
/// and is none of strings.
std::optional<Items> parse_items(std::string_view text);

/// As an array, as parse_items() takes it.
std::string show_items(const Items& items);

}  // namespace stage3::config
