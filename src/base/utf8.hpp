#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3 {

/// One step of reading UTF-8.
struct Decoded {
  /// U+FFFD where not valid.
  char32_t code_point;
  /// Bytes to go on; 1 where not valid, 0 only at the end of the text.
  unsigned length;
  bool valid;
};

/// Reads the code point that `at` begins with. Strict: overlong forms, surrogates and values above
/// U+10FFFF are not valid. Each byte of an invalid sequence is reported by itself, so that none is
/// lost.
Decoded decode_utf8(std::string_view at) noexcept;

/// Appends `code_point`, or U+FFFD for what is not a Unicode scalar value (surrogates, above
/// U+10FFFF).
void append_utf8(std::string& text, char32_t code_point);

/// The offset of the first byte that is not part of valid UTF-8; npos: none.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

bool is_valid_utf8(std::string_view text) noexcept;

/// C0 controls, DEL and C1 controls.
bool is_control(char32_t code_point) noexcept;

/// What reorders, hides or breaks text without being seen: bidirectional controls, zero-width and
/// other format characters without a glyph, fillers, line and paragraph separators, tags, byte
/// order mark, surrogates, noncharacters and private use (no agreed glyph). Controls are
/// is_control()'s. Variation selectors are not among them: they only choose the look of the
/// character before, as in most emoji with a "colour" form.
bool is_bidi_or_invisible(char32_t code_point) noexcept;

/// Zero-width joiner and non-joiner. They count as invisible, but a name may keep them: without
/// them a family emoji falls apart into its members and Persian or Indic words change their
/// spelling.
bool is_joiner(char32_t code_point) noexcept;

/// Unicode's White_Space property.
bool is_white_space(char32_t code_point) noexcept;

}  // namespace stage3
