#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3::json {

// RapidJSON takes some damage for the end of all JSON, although the grammar allows it. These
// replace it in its place by as many bytes that it reads, and leave everything else as it is.

/// Replaces each \u escape of a first half of a surrogate pair that no second half follows by bytes
/// that are no UTF-8.
void mend_surrogates(std::string& text);

/// Whether RapidJSON would take this for a number beyond all range although it is a zero: it does
/// not look at the digits before a large exponent.
bool is_zero_spelled_large(std::string_view number);

/// The shortest number that mend_number() could have to replace: 1e309.
constexpr std::size_t kShortestLargeNumber = 5;

/// Replaces a number beyond +-1e308, or a zero with such an exponent, by a zero. What is spelled as
/// no number stays. Returns whether it was replaced.
bool mend_number(char* number, std::size_t length);

}  // namespace stage3::json
