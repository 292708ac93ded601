#pragma once

#include <cstddef>
#include <string_view>

namespace stage3::config {

// What libyaml's messages do not say: what is really wrong with a text.

/// The encoding that the text has instead of UTF-8, by how it begins; empty: perhaps none.
std::string_view foreign_encoding(std::string_view text) noexcept;

/// A tab where YAML allows none, for a text that was found wrong at `offset`: there, or in the
/// indentation of that line. npos: there is none.
std::size_t find_misplaced_tab(std::string_view text, std::size_t offset) noexcept;

}  // namespace stage3::config
