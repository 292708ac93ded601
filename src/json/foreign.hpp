#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3::json {

// What is no JSON, but is found in files that people and other programs have written.

/// Told for what it is, with what to write instead, if a value at `at` is a word of another
/// language, such as the NaN that Python writes; empty: nothing like that.
std::string explain_word(std::string_view text, std::size_t at);

/// To stand behind what was expected at `at`: what stands there, and what to do; empty: nothing
/// that is known.
std::string explain_place(std::string_view text, std::size_t at);

}  // namespace stage3::json
