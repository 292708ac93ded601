#include "json/write.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "json/word.hpp"

namespace stage3::json {
namespace {

void append_u(std::string& out, char32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4)
    out += kDigits[(unit >> (shift - 4)) & 0xF];
}

void append_as_utf16(std::string& out, char32_t c) {
  if (c < 0x10000) return append_u(out, c);
  append_u(out, 0xD800 + ((c - 0x10000) >> 10));
  append_u(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
}

/// The escape of a character that has a short one, else 0.
char short_escape(char32_t c) {
  switch (c) {
    case '"':
    case '\\':
      return static_cast<char>(c);
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/// How many bytes at the beginning stand for themselves in either character set.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  for (; length + kWordSize <= text.size(); length += kWordSize) {
    const Word word = word_at(text.data() + length);
    const Word special = find_special(word) | find_byte(word, 0x7F) | (word & words_of(0x80));
    if (special != 0) return length + first_found(special);
  }
  while (length < text.size() && is_plain(text[length]))
    ++length;
  return length;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text, Charset charset) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;

    const Decoded decoded = decode_utf8(text);
    const char32_t c = decoded.code_point;
    if (const char letter = short_escape(c)) {
      out += '\\';
      out += letter;
    } else if (c < 0x20 || c == 0x7F || (c >= 0x80 && charset == Charset::ascii)) {
      append_as_utf16(out, c);
    } else {
      append_utf8(out, c);
    }
    text.remove_prefix(decoded.length);
  }
  out += '"';
}

std::string quote(std::string_view text, Charset charset) {
  std::string out;
  append_quoted(out, text, charset);
  return out;
}

std::size_t quoted_size(std::string_view text) {
  return quote(text, Charset::ascii).size() - 2;
}

std::string_view quoted_prefix(std::string_view text, std::size_t size) {
  std::size_t taken = 0;
  std::string quoted;
  while (taken < text.size() && size > 0) {
    const std::size_t plain = std::min(plain_length(text.substr(taken)), size);
    taken += plain;
    size -= plain;
    if (taken == text.size()) break;

    const std::size_t length = decode_utf8(text.substr(taken)).length;
    quoted.clear();
    append_quoted(quoted, text.substr(taken, length), Charset::ascii);
    const std::size_t needed = quoted.size() - 2;
    if (needed > size) break;
    taken += length;
    size -= needed;
  }
  return text.substr(0, taken);
}

}  // namespace stage3::json
