#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace stage3 {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr bool is_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

/// The bytes that a sequence with this first byte has, 0 for a byte that cannot be the first.
unsigned sequence_length(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  if (lead < 0xF5) return 4;
  return 0;
}

/// The first byte from `at` on that is not ASCII, else the end. Eight at a time: state files have
/// megabytes of them.
std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80)
    ++at;
  return at;
}

struct Range {
  char32_t first;
  char32_t last;
};

/// Sorted. Unicode 15: Default_Ignorable_Code_Point without the variation selectors of the BMP,
/// category Cf without those that have a glyph (Arabic, Syriac and Kaithi number signs), Zl, Zp,
/// Cs, Co. Noncharacters at the end of each plane are left to a formula.
constexpr std::array kInvisible{
    Range{0x00AD, 0x00AD},    // soft hyphen
    Range{0x034F, 0x034F},    // combining grapheme joiner
    Range{0x061C, 0x061C},    // Arabic letter mark
    Range{0x115F, 0x1160},    // Hangul fillers
    Range{0x17B4, 0x17B5},    // Khmer inherent vowels
    Range{0x180E, 0x180E},    // Mongolian vowel separator
    Range{0x200B, 0x200F},    // zero-width space, joiners, direction marks
    Range{0x2028, 0x202E},    // line and paragraph separator, embeddings, overrides
    Range{0x2060, 0x206F},    // word joiner, invisible operators, isolates
    Range{0x3164, 0x3164},    // Hangul filler
    Range{0xD800, 0xF8FF},    // surrogates, private use
    Range{0xFDD0, 0xFDEF},    // noncharacters
    Range{0xFEFF, 0xFEFF},    // byte order mark
    Range{0xFFA0, 0xFFA0},    // half-width Hangul filler
    Range{0xFFF0, 0xFFFB},    // unassigned specials, interlinear annotation
    Range{0x13430, 0x1343F},  // Egyptian hieroglyph format controls
    Range{0x1BCA0, 0x1BCA3},  // shorthand format controls
    Range{0x1D173, 0x1D17A},  // musical format controls
    Range{0xE0000, 0xE0FFF},  // tags, supplementary variation selectors
    Range{0xF0000, 0x10FFFF}  // private use planes
};

}  // namespace

Decoded decode_utf8(std::string_view at) noexcept {
  if (at.empty()) return {kReplacement, 0, false};
  const Decoded invalid{kReplacement, 1, false};
  const unsigned char lead = byte_at(at, 0);
  const unsigned length = sequence_length(lead);
  if (length == 1) return {lead, 1, true};
  if (length == 0 || at.size() < length) return invalid;

  char32_t code_point = lead & (0x7FU >> length);
  for (unsigned i = 1; i < length; ++i) {
    const unsigned char next = byte_at(at, i);
    if ((next & 0xC0) != 0x80) return invalid;
    code_point = (code_point << 6) | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code_point < kSmallest[length] || code_point > 0x10FFFF || is_surrogate(code_point)) {
    return invalid;
  }
  return {code_point, length, true};
}

void append_utf8(std::string& text, char32_t code_point) {
  if (code_point > 0x10FFFF || is_surrogate(code_point)) code_point = kReplacement;
  const auto continuation = [&](unsigned shift) {
    text += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    continuation(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    continuation(6);
    continuation(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

std::size_t find_invalid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  for (;;) {
    at = skip_ascii(text, at);
    if (at == text.size()) return std::string_view::npos;
    const Decoded decoded = decode_utf8(text.substr(at));
    if (!decoded.valid) return at;
    at += decoded.length;
  }
}

bool is_valid_utf8(std::string_view text) noexcept {
  return find_invalid_utf8(text) == std::string_view::npos;
}

bool is_control(char32_t code_point) noexcept {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

bool is_bidi_or_invisible(char32_t code_point) noexcept {
  if ((code_point & 0xFFFE) == 0xFFFE || code_point > 0x10FFFF) return true;
  const auto* range = std::lower_bound(kInvisible.begin(), kInvisible.end(), code_point,
                                       [](const Range& r, char32_t c) { return r.last < c; });
  return range != kInvisible.end() && code_point >= range->first;
}

bool is_joiner(char32_t code_point) noexcept {
  return code_point == 0x200C || code_point == 0x200D;
}

bool is_white_space(char32_t code_point) noexcept {
  if (code_point >= 0x09 && code_point <= 0x0D) return true;
  if (code_point >= 0x2000 && code_point <= 0x200A) return true;
  switch (code_point) {
    case 0x0020:
    case 0x0085:
    case 0x00A0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return true;
    default:
      return false;
  }
}

}  // namespace stage3
