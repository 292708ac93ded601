#include "json/write.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("what must be escaped is found wherever it stands") {
  for (std::size_t before = 0; before < 20; ++before) {
    CAPTURE(before);
    const std::string plain(before, 'x');
    CHECK(quote(plain + "\"\x7f" + plain) == "\"" + plain + R"(\"\u007f)" + plain + "\"");
    CHECK(quote(plain + "\nü" + plain) == "\"" + plain + "\\nü" + plain + "\"");
    CHECK(quote(plain + "\\~ ", Charset::ascii) == "\"" + plain + R"(\\~ ")");
  }
}
