#include "base/text.hpp"

#include <doctest/doctest.h>
#include <stage3/error.hpp>
#include <stage3/text.hpp>

#include <limits>

#include "../rounds.hpp"
#include "base/utf8.hpp"

using namespace std::string_view_literals;
using stage3::escape;
using stage3::to_utc;

TEST_CASE("escape leaves readable text alone") {
  for (const char* text :
       {"", "Wohnzimmer", "Küche 2 | 'a' \"b\"", "☀️ Терраса 居間", "😀", "a\u00a0b"}) {
    CHECK(escape(text) == text);
  }
}

TEST_CASE("escape makes the dangerous visible") {
  CHECK(escape("a\nb\rc\td") == "a\\nb\\rc\\td");
  CHECK(escape("\x1b[31mred\x07\x7f") == "\\x1b[31mred\\x07\\x7f");
  CHECK(escape("a\0b"sv) == "a\\x00b");
  CHECK(escape("\u0085\u009b31m") == "\\u0085\\u009b31m");
  CHECK(escape("\u202egnp.exe") == "\\u202egnp.exe");
  CHECK(escape("a\u200bb\u2028c\ufeff") == "a\\u200bb\\u2028c\\ufeff");
  CHECK(escape("\U000e0041") == "\\U000e0041");
}

TEST_CASE("joiners stay where they join, and only there") {
  for (const char* text :
       {"👨\u200d👩\u200d👧", "می\u200cخواهم", "क्\u200dष", "❤️\u200d🔥", "ന്\u200d"})
    CHECK(escape(text) == text);
  CHECK(escape("a\u200db") == "a\\u200db");
  CHECK(escape("\u200d👩") == "\\u200d👩");
  CHECK(escape("👨\u200d\u200d👩") == "👨\u200d\\u200d👩");
  CHECK(escape("👨 \u200c") == "👨 \\u200c");
  CHECK(escape("居\u3000\u200c") == "居\u3000\\u200c");
  CHECK(escape("\u202e\u200d") == "\\u202e\\u200d");
  CHECK(escape("\xff\u200d") == "\\xff\\u200d");
}

TEST_CASE("escape shows each invalid byte") {
  CHECK(escape("\xff") == "\\xff");
  CHECK(escape("K\xfc"
               "che") == "K\\xfcche");
  CHECK(escape("\xc3") == "\\xc3");
  CHECK(escape("\xe2\x82x") == "\\xe2\\x82x");
  CHECK(escape("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(escape("\x9b") == "\\x9b");
}

TEST_CASE("escape is unambiguous: what looks like an escape is not one") {
  CHECK(escape("\\n") == "\\\\n");
  CHECK(escape("\\") == "\\\\");
  CHECK(escape("\\x1b") != escape("\x1b"));
  CHECK(escape("\x85") != escape("\u0085"));
}

TEST_CASE("no byte and no code point gets through that a terminal might act on") {
  for (int byte = 0; byte < 256; ++byte) {
    for (const char c : escape(std::string(1, static_cast<char>(byte)))) {
      CHECK((c >= 0x20 && c < 0x7F));
    }
  }
  unsigned leaked = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (!takes_case(c)) continue;
    std::string text;
    stage3::append_utf8(text, c);
    const std::string escaped = escape(text);
    for (std::string_view rest = escaped; !rest.empty();) {
      const stage3::Decoded decoded = stage3::decode_utf8(rest);
      if (!decoded.valid || stage3::is_control(decoded.code_point) ||
          stage3::is_bidi_or_invisible(decoded.code_point)) {
        ++leaked;
      }
      rest.remove_prefix(decoded.length);
    }
  }
  CHECK(leaked == 0);
}

TEST_CASE("quoted escapes and shortens") {
  CHECK(stage3::quoted("check") == "'check'");
  CHECK(stage3::quoted("") == "''");
  CHECK(stage3::quoted("a\nb") == "'a\\nb'");
  CHECK(stage3::quoted(std::string(60, 'x')) == "'" + std::string(60, 'x') + "'");
  CHECK(stage3::quoted(std::string(61, 'x')) == "'" + std::string(60, 'x') + "...'");
  std::string umlauts;
  std::string first_sixty;
  for (int i = 0; i < 70; ++i) {
    umlauts += "ü";
    if (i < 60) first_sixty += "ü";
  }
  CHECK(stage3::quoted(umlauts) == "'" + first_sixty + "...'");
}

TEST_CASE("from_utc reads what to_utc writes, and nothing else") {
  using stage3::from_utc;
  for (std::int64_t t = -30610224000; t <= 253402300799; t += 86400 * 27 + 3607)
    REQUIRE(from_utc(to_utc(t)) == t);
  CHECK(from_utc("2000-02-29T00:00:00Z") == 951782400);
  CHECK(from_utc("0000-01-01T00:00:00Z") == -62167219200);
  CHECK(from_utc("0000-03-01T00:00:00Z") == -62162035200);
  for (const char* wrong : {"",
                            "2026-11-23",
                            "2026-11-23T14:31:05",
                            "2026-11-23T14:31:05z",
                            "2026-11-23 14:31:05Z",
                            "2026-11-23T14:31:05ZZ",
                            "2026-1--23T14:31:05Z",
                            " 026-11-23T14:31:05Z",
                            "2026-11-23T14:31:05+",
                            "2026-00-23T14:31:05Z",
                            "2026-13-23T14:31:05Z",
                            "2026-11-00T14:31:05Z",
                            "2026-11-31T14:31:05Z",
                            "2026-02-29T14:31:05Z",
                            "2100-02-29T14:31:05Z",
                            "2026-11-23T24:00:00Z",
                            "2026-11-23T14:60:05Z",
                            "2026-11-23T14:31:60Z",
                            "-026-11-23T14:31:05Z",
                            "2026:11-23T14:31:05Z"}) {
    CAPTURE(wrong);
    CHECK(!from_utc(wrong));
  }
}

TEST_CASE("to_utc") {
  CHECK(to_utc(0) == "1970-01-01T00:00:00Z");
  CHECK(to_utc(-1) == "1969-12-31T23:59:59Z");
  CHECK(to_utc(1795444265) == "2026-11-23T14:31:05Z");
  CHECK(to_utc(951782400) == "2000-02-29T00:00:00Z");
  CHECK(to_utc(4294967296) == "2106-02-07T06:28:16Z");
  CHECK(to_utc(253402300799) == "9999-12-31T23:59:59Z");
  CHECK(to_utc(-30610224000) == "1000-01-01T00:00:00Z");
}

TEST_CASE("a clock beyond all dates gives the nearest one") {
  CHECK(to_utc(253402300800) == "9999-12-31T23:59:59Z");
  CHECK(to_utc(-30610224001) == "1000-01-01T00:00:00Z");
  CHECK(to_utc(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59Z");
  CHECK(to_utc(std::numeric_limits<std::int64_t>::min()) == "1000-01-01T00:00:00Z");
}

TEST_CASE("times in words") {
  CHECK(stage3::in_words(-5) == "0 s");
  CHECK(stage3::in_words(119) == "119 s");
  CHECK(stage3::in_words(120) == "2 min");
  CHECK(stage3::in_words(7199) == "119 min");
  CHECK(stage3::in_words(7200) == "2 h");
  CHECK(stage3::in_words(172800) == "2 days");
}
