#pragma once

#include <string>
#include <string_view>

namespace stage3::config {

/// What is wrong with a key in which there is white space beyond ASCII or a character that nobody
/// sees; empty: nothing. YAML takes both as part of the key, not as indentation, so that the key
/// stands elsewhere than it seems to. Does not quote the key.
std::string invisible_in(std::string_view key);

}  // namespace stage3::config
