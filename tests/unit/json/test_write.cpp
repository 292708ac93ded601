#include "json/write.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "json/reader.hpp"

using namespace stage3::json;

TEST_CASE("strings are quoted and escaped") {
  CHECK(quote("") == R"("")");
  CHECK(quote("Wohnzimmer / Süd") == R"("Wohnzimmer / Süd")");
  CHECK(quote("\"\\") == R"("\"\\")");
  CHECK(quote("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(quote(std::string_view("\0\x1f\x7f", 3)) == R"("\u0000\u001f\u007f")");
  CHECK(quote("\xC2\x85") == "\"\xC2\x85\"");
}

TEST_CASE("the ASCII charset leaves nothing else") {
  CHECK(quote("Süd", Charset::ascii) == R"("S\u00fcd")");
  CHECK(quote("\xC2\x85\u20AC", Charset::ascii) == R"("\u0085\u20ac")");
  CHECK(quote("\U0001F600\U0010FFFF", Charset::ascii) == R"("\ud83d\ude00\udbff\udfff")");
}

TEST_CASE("what is not UTF-8 becomes U+FFFD") {
  CHECK(quote("a\xFF") == "\"a\uFFFD\"");
  CHECK(quote("\xED\xA0\x80", Charset::ascii) == R"("\ufffd\ufffd\ufffd")");
}

TEST_CASE("append_quoted() appends") {
  std::string out = "{\"name\":";
  append_quoted(out, "x");
  CHECK(out == "{\"name\":\"x\"");
}

TEST_CASE("what is written is read back") {
  std::string all;
  for (int c = 0; c < 0x80; ++c)
    all += static_cast<char>(c);
  all += "\u0080\u07FF\u0800\uFFFD\U00010000\U0010FFFF";
  CHECK(decode_string(quote(all)) == all);
  CHECK(decode_string(quote(all, Charset::ascii)) == all);
}

TEST_CASE("a text is cut to what it takes between quotes, between two characters") {
  struct Case {
    std::string text;
    std::size_t size;
    std::string prefix;
  };
  const std::vector<Case> cases{
      {"abcdef", 6, "abcdef"},
      {"abcdef", 5, "abcde"},
      {"abcdef", 0, ""},
      {"", 0, ""},
      {"", 5, ""},
      {"ab\"cd", 4, "ab\""},
      {"ab\"cd", 3, "ab"},
      {"ä", 6, "ä"},
      {"ä", 5, ""},
      {"aäb", 7, "aä"},
      {"aäb", 8, "aäb"},
      {"\U0001F600", 12, "\U0001F600"},
      {"\U0001F600", 11, ""},
      {"\x01x", 6, "\x01"},
      {"\xFFx", 6, "\xFF"},
      {std::string(100, 'x') + "\n", 101, std::string(100, 'x')},
      {std::string(100, 'x') + "\n", 102, std::string(100, 'x') + "\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CAPTURE(c.size);
    CHECK(quoted_prefix(c.text, c.size) == c.prefix);
    CHECK(quoted_size(c.prefix) <= c.size);
    CHECK(quoted_prefix(c.text, quoted_size(c.text)) == c.text);
  }
}

TEST_CASE("what must be escaped is found wherever it stands") {
  for (std::size_t before = 0; before < 20; ++before) {
    CAPTURE(before);
    const std::string plain(before, 'x');
    CHECK(quote(plain + "\"\x7f" + plain) == "\"" + plain + R"(\"\u007f)" + plain + "\"");
    CHECK(quote(plain + "\nü" + plain) == "\"" + plain + "\\nü" + plain + "\"");
    CHECK(quote(plain + "\\~ ", Charset::ascii) == "\"" + plain + R"(\\~ ")");
  }
}
