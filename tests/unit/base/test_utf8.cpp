#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace stage3;
using namespace std::string_view_literals;
using CodePoints = std::initializer_list<char32_t>;

TEST_CASE("decode_utf8 reads one code point") {
  struct Case {
    std::string_view text;
    char32_t code_point;
    unsigned length;
  };
  for (const Case& c :
       {Case{"A"sv, U'A', 1}, Case{"\0"sv, 0, 1}, Case{"\x7f"sv, 0x7F, 1},
        Case{"\xc2\x80x"sv, 0x80, 2}, Case{"\xdf\xbf"sv, 0x7FF, 2},
        Case{"\xe0\xa0\x80"sv, 0x800, 3}, Case{"\xed\x9f\xbf"sv, 0xD7FF, 3},
        Case{"\xee\x80\x80"sv, 0xE000, 3}, Case{"\xef\xbf\xbf"sv, 0xFFFF, 3},
        Case{"\xf0\x90\x80\x80"sv, 0x10000, 4}, Case{"\xf4\x8f\xbf\xbfxyz"sv, 0x10FFFF, 4}}) {
    CAPTURE(c.text);
    const Decoded decoded = decode_utf8(c.text);
    CHECK(decoded.valid);
    CHECK(decoded.code_point == c.code_point);
    CHECK(decoded.length == c.length);
  }
}

TEST_CASE("decode_utf8 refuses what is not strict UTF-8, a byte at a time") {
  for (const auto text :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc3"sv, "\xc3x"sv, "\xe0\x80\x80"sv,
        "\xe0\x9f\xbf"sv, "\xe2\x82"sv, "\xe2\x82x"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv,
        "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf0\x9f\x98"sv, "\xf4\x90\x80\x80"sv,
        "\xf5\x80\x80\x80"sv, "\xff"sv, "\xfe"sv}) {
    CAPTURE(text);
    const Decoded decoded = decode_utf8(text);
    CHECK_FALSE(decoded.valid);
    CHECK(decoded.code_point == 0xFFFD);
    CHECK(decoded.length == 1);
    CHECK_FALSE(is_valid_utf8(text));
  }
  CHECK(decode_utf8("").length == 0);
  CHECK_FALSE(decode_utf8("").valid);
}

TEST_CASE("append_utf8 and decode_utf8 are inverse over all of Unicode") {
  unsigned wrong = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, c);
    const Decoded decoded = decode_utf8(text);
    if (!decoded.valid || decoded.code_point != c || decoded.length != text.size()) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("append_utf8 replaces what is no scalar value") {
  std::string text;
  for (const char32_t c : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}}) {
    append_utf8(text, c);
  }
  CHECK(text == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("find_invalid_utf8 tells the first bad byte") {
  CHECK(find_invalid_utf8("") == std::string_view::npos);
  CHECK(find_invalid_utf8("K\xc3\xbc"
                          "che \xf0\x9f\x98\x80") == std::string_view::npos);
  CHECK(find_invalid_utf8("K\xfc"
                          "che") == 1);
  CHECK(find_invalid_utf8("ab\xe2\x82") == 2);
  CHECK(is_valid_utf8("Küche"));
}

TEST_CASE("controls are C0, DEL and C1") {
  for (const char32_t c : CodePoints{0x00, 0x09, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F})
    CHECK(is_control(c));
  for (const char32_t c : CodePoints{0x20, 0x7E, 0xA0, 0xAD, 0x200B})
    CHECK_FALSE(is_control(c));
}

TEST_CASE("bidirectional and invisible characters") {
  for (const char32_t c :
       CodePoints{0x00AD,  0x034F,  0x061C,  0x115F,   0x17B4,  0x180E,  0x200B,  0x200C,  0x200D,
                  0x200E,  0x200F,  0x2028,  0x2029,   0x202A,  0x202E,  0x2060,  0x2066,  0x2069,
                  0x206F,  0x3164,  0xD800,  0xDFFF,   0xE000,  0xF8FF,  0xFDD0,  0xFDEF,  0xFEFF,
                  0xFFA0,  0xFFF9,  0xFFFB,  0xFFFE,   0xFFFF,  0x1D173, 0x1FFFE, 0xE0001, 0xE0041,
                  0xE007F, 0xE0100, 0xF0000, 0x10FFFF, 0x110000}) {
    CAPTURE(static_cast<unsigned>(c));
    CHECK(is_bidi_or_invisible(c));
  }
  for (const char32_t c : CodePoints{0x0020, 0x0041, 0x00A0, 0x00AC, 0x00AE,  0x00FC,  0x0600,
                                     0x2010, 0x2027, 0x202F, 0x205F, 0x3000,  0x3042,  0xF900,
                                     0xFDF0, 0xFE0F, 0xFFFC, 0xFFFD, 0x1F600, 0x1F3FB, 0x20000}) {
    CAPTURE(static_cast<unsigned>(c));
    CHECK_FALSE(is_bidi_or_invisible(c));
  }
}

TEST_CASE("joiners") {
  CHECK(is_joiner(0x200C));
  CHECK(is_joiner(0x200D));
  CHECK_FALSE(is_joiner(0x200B));
  CHECK_FALSE(is_joiner(0x200E));
}

TEST_CASE("white space is exactly Unicode's White_Space") {
  std::vector<char32_t> found;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (is_white_space(c)) found.push_back(c);
  }
  CHECK(found == std::vector<char32_t>{0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,
                                       0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                                       0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
                                       0x2029, 0x202F, 0x205F, 0x3000});
}
