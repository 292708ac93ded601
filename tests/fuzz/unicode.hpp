#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stage3::fuzz {

// A reader of UTF-8 of its own, so that it is not the library's that judges the library.

/// None: `text` is not valid UTF-8.
std::optional<std::u32string> decode(std::string_view text);

std::string encode(char32_t code_point);

/// What must reach no terminal: controls, and what reorders or hides the text around it.
bool is_harmful(char32_t code_point);

/// None of it is harmful, and it is valid.
bool is_harmless(std::string_view text);

}  // namespace stage3::fuzz
