#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3::json {

enum class Charset {
  utf8,  ///< escapes what JSON demands, and DEL
  ascii  ///< everything beyond ASCII as \u as well, in surrogate pairs above U+FFFF
};

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text, Charset charset = Charset::utf8);

/// The same as a string of its own.
std::string quote(std::string_view text, Charset charset = Charset::utf8);

/// How long `text` is between the quotes of an ASCII string.
std::size_t quoted_size(std::string_view text);

/// As much of the beginning of `text`, in whole characters, as fits into `size` bytes between the
/// quotes of an ASCII string.
std::string_view quoted_prefix(std::string_view text, std::size_t size);

}  // namespace stage3::json
