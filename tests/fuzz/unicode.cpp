#include "unicode.hpp"

#include <algorithm>

namespace stage3::fuzz {

std::optional<std::u32string> decode(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const char32_t lead = byte(at);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC0) || lead > 0xF7 || text.size() - at <= more) {
      return std::nullopt;
    }
    char32_t c = more == 0 ? lead : lead & (0x3FU >> more);
    for (std::size_t i = at + 1; i <= at + more; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xBF) return std::nullopt;
      c = c * 64 + (byte(i) - 0x80U);
    }
    // Whatever is not its shortest form, a surrogate or too large does not come back the same.
    if (encode(c) != text.substr(at, more + 1)) return std::nullopt;
    out += c;
    at += more + 1;
  }
  return out;
}

std::string encode(char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return {};
  if (c < 0x80) return {static_cast<char>(c)};
  // From the last byte to the first, which has the less room the more there are, and tells how
  // many.
  std::string out;
  char32_t limit = 0x40;
  char32_t mark = 0x80;
  for (; c >= limit; c /= 64, limit /= 2, mark = 0x80 + mark / 2)
    out += static_cast<char>(0x80 + c % 64);
  out += static_cast<char>(mark + c);
  std::reverse(out.begin(), out.end());
  return out;
}

bool is_harmful(char32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool reorders = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
                        (c >= 0x2066 && c <= 0x2069);
  const bool hides = c == 0x00AD || c == 0x200B || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF ||
                     (c >= 0xE0000 && c <= 0xE007F);
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  return is_control || reorders || hides || breaks_line;
}

bool is_harmless(std::string_view text) {
  const auto decoded = decode(text);
  return decoded && std::none_of(decoded->begin(), decoded->end(), is_harmful);
}

}  // namespace stage3::fuzz
