#pragma once

#include <cstddef>
#include <string_view>

namespace stage3 {

/// Length in bytes of the user-perceived character that a text begins with: an extended grapheme
/// cluster (UAX #29, Unicode 15.0), so a letter with its accents, a family emoji, a syllable. A
/// byte that is not valid UTF-8 stands alone. 0 only for an empty text.
std::size_t grapheme_length(std::string_view text) noexcept;

}  // namespace stage3
