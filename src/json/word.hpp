#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stage3::json {

// Eight bytes of a text at a time, as a number: the first byte is its lowest. A function that looks
// for bytes returns zero if there are none; else the first bit that is set stands in the first of
// them, and what lies behind it means nothing.

using Word = std::uint64_t;
constexpr std::size_t kWordSize = sizeof(Word);

/// A word of eight times this byte.
constexpr Word words_of(unsigned char byte) {
  return 0x0101010101010101 * Word{byte};
}

inline Word word_at(const char* text) {
  Word word = 0;
  std::memcpy(&word, text, sizeof word);
  return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

/// Looks for bytes below `limit`, at most 0x80.
constexpr Word find_below(Word word, unsigned char limit) {
  return (word - words_of(limit)) & ~word & words_of(0x80);
}

constexpr Word find_byte(Word word, unsigned char byte) {
  return find_below(word ^ words_of(byte), 1);
}

/// Looks for what does not stand for itself in a JSON string: quotes, backslashes and controls.
constexpr Word find_special(Word word) {
  return find_below(word, 0x20) | find_byte(word, '"') | find_byte(word, '\\');
}

/// The index of the first byte that was found.
inline std::size_t first_found(Word found) {
  return static_cast<std::size_t>(__builtin_ctzll(found)) / 8;
}

}  // namespace stage3::json
