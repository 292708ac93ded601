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

/// The colon of `key:value` at the start of a line, which needs a blank behind it, for a text that
/// was found wrong at `offset`: in that line, or in the last one before it that is not empty. npos:
/// there is none. An address or a MAC, with more than one colon, is not meant.
std::size_t find_colon_without_blank(std::string_view text, std::size_t offset) noexcept;

constexpr const char* kNoBlank = "no blank behind the colon: write 'key: value'";

}  // namespace stage3::config
