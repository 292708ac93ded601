#include "config/yaml_cursor.hpp"

#include "error_of.hpp"

using stage3::config::kMaxYamlBytes;
using stage3::config::YamlCursor;
using stage3::config::YamlEvent;
using namespace std::string_view_literals;

namespace {

const std::string kName = "c.yaml";

/// The events as letters, scalars as their text.
std::string events_of(std::string_view yaml) {
  YamlCursor cursor(yaml, kName);
  std::string events;
  while (cursor.next().kind != YamlEvent::Kind::stream_end) {
    switch (cursor.event().kind) {
      case YamlEvent::Kind::document_start:
      case YamlEvent::Kind::document_end:
        events += '|';
        break;
      case YamlEvent::Kind::alias:
        events += '*';
        break;
      case YamlEvent::Kind::scalar:
        events += "(" + std::string(cursor.event().text) + ")";
        break;
      case YamlEvent::Kind::sequence_start:
        events += '[';
        break;
      case YamlEvent::Kind::sequence_end:
        events += ']';
        break;
      case YamlEvent::Kind::mapping_start:
        events += '{';
        break;
      case YamlEvent::Kind::mapping_end:
        events += '}';
        break;
      case YamlEvent::Kind::stream_end:
        break;
    }
  }
  return events;
}

std::string cursor_error_of(std::string_view yaml) {
  return config_error_of([&] { events_of(yaml); });
}

std::string repeated(std::string_view text, unsigned count) {
  std::string all;
  while (count-- > 0)
    all += text;
  return all;
}

}  // namespace

TEST_CASE("events") {
  CHECK(events_of("") == "");
  CHECK(events_of("# nothing\n") == "");
  CHECK(events_of("---\n") == "|()|");
  CHECK(events_of("a: 1\nb: [x, 'y z']\nc: *d\n") == "|{(a)(1)(b)[(x)(y z)](c)*}|");
  CHECK(events_of("a: \"\\0\"") == std::string_view("|{(a)(\0)}|", 10));
}

TEST_CASE("a byte order mark and any line ends are fine") {
  CHECK(events_of("\xEF\xBB\xBF"
                  "a: 1\r\nb: 2\r\n") == "|{(a)(1)(b)(2)}|");
  CHECK(events_of("a: 1\rb: 2\r") == "|{(a)(1)(b)(2)}|");
  CHECK(events_of("a: 1") == "|{(a)(1)}|");
}

TEST_CASE("what a scalar is like") {
  YamlCursor cursor("[plain, 'single', \"double\", &a x, !!str y, ~, null, '~', ]", kName);
  cursor.next();
  cursor.next();
  CHECK(cursor.next().plain);
  CHECK_FALSE(cursor.next().plain);
  CHECK_FALSE(cursor.next().plain);
  CHECK(cursor.next().anchored);
  CHECK_FALSE(cursor.event().tagged);
  CHECK(cursor.next().tagged);
  CHECK_FALSE(cursor.event().anchored);
  CHECK(cursor.next().is_null());
  CHECK(cursor.next().is_null());
  CHECK_FALSE(cursor.next().is_null());
}

TEST_CASE("anchors and tags of collections are seen") {
  YamlCursor cursor("&a [!!map {}, !t []]", kName);
  cursor.next();
  CHECK(cursor.next().anchored);
  CHECK(cursor.next().tagged);
  cursor.next();
  CHECK(cursor.next().tagged);
}

TEST_CASE("32 levels and no more, in every style") {
  CHECK_NOTHROW(events_of(repeated("[", 32) + repeated("]", 32)));
  CHECK(cursor_error_of(repeated("[", 33) + repeated("]", 33)) ==
        "c.yaml:1:33: nested deeper than 32 levels");
  CHECK(cursor_error_of("a:\n  " + repeated("- ", 32) + "x") ==
        "c.yaml:2:65: nested deeper than 32 levels");
  CHECK(cursor_error_of(repeated("{a: ", 33)) == "c.yaml:1:129: nested deeper than 32 levels");
  CHECK(cursor_error_of(repeated("[", 500000)) == "c.yaml:1:33: nested deeper than 32 levels");
}

TEST_CASE("1 MiB and no more") {
  CHECK(events_of("a: 1\n" + std::string(kMaxYamlBytes - 5, '\n')) == "|{(a)(1)}|");
  CHECK(cursor_error_of("a: 1\n" + std::string(kMaxYamlBytes - 4, '\n')) ==
        "c.yaml: larger than 1048576 bytes");
}

TEST_CASE("16 %TAG directives and no more: libyaml compares each with all before it") {
  const auto directives = [](unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i)
      text += "%TAG !" + std::to_string(i) + "! tag:example.org,2026:\n";
    return text + "--- {}\n";
  };
  CHECK(events_of(directives(16)) == "|{}|");
  CHECK(cursor_error_of(directives(17)) == "c.yaml:17:1: more than 16 %TAG directives");
  CHECK(cursor_error_of(directives(20'000)) == "c.yaml:17:1: more than 16 %TAG directives");
}

TEST_CASE("one document") {
  CHECK(events_of("---\na: 1\n...\n") == "|{(a)(1)}|");
  CHECK(cursor_error_of("a: 1\n---\nb: 2\n") ==
        "c.yaml:2:1: a second document begins here, only one is allowed");
  CHECK(cursor_error_of("a: 1\n...\n---\n") ==
        "c.yaml:3:1: a second document begins here, only one is allowed");
}

TEST_CASE("bytes that are not text have a place") {
  CHECK(cursor_error_of("a: 1\nb: K\xfc"
                        "che\n") == "c.yaml:2:5: not valid UTF-8: save the file as UTF-8");
  CHECK(cursor_error_of("\xEF\xBB\xBF"
                        "a: \xff") == "c.yaml:1:4: not valid UTF-8: save the file as UTF-8");
  CHECK(cursor_error_of("a: 1\nü: \x01\n") ==
        "c.yaml:2:5: not valid YAML: the character U+0001 is not allowed");
  CHECK(cursor_error_of("a: 1\nb: x\0y\n"sv) ==
        "c.yaml:2:5: not valid YAML: the character U+0000 is not allowed");
}

TEST_CASE("bad YAML says what and where, in bytes") {
  CHECK(cursor_error_of("a: 'x\nb: 1\n") ==
        "c.yaml:3:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar "
        "begun in line 1");
  CHECK(cursor_error_of("a: b: c\n") ==
        "c.yaml:1:5: not valid YAML: mapping values are not allowed in this context");
  CHECK(cursor_error_of("ü: b: c\n") ==
        "c.yaml:1:6: not valid YAML: mapping values are not allowed in this context");
  CHECK(cursor_error_of("a: {b: 1\n") ==
        "c.yaml:2:1: not valid YAML: did not find expected ',' or '}' while parsing a flow mapping "
        "begun in line 1");
}

TEST_CASE("lines are counted as editors do") {
  CHECK(cursor_error_of("a: 1\r\nb: 2\rc: \"\u2028\u0085\"\nd: b: c") ==
        "c.yaml:4:5: not valid YAML: mapping values are not allowed in this context");
}

TEST_CASE("other encodings are called by their name") {
  const std::string utf16 = "c.yaml:1:1: the text is UTF-16, not UTF-8: save the file as UTF-8";
  CHECK(cursor_error_of("\xff\xfe"
                        "a\0:\0"sv) == utf16);
  CHECK(cursor_error_of("\xfe\xff\0a\0:"sv) == utf16);
  CHECK(cursor_error_of("a\0:\0"sv) == utf16);
  CHECK(cursor_error_of("\0a\0:"sv) == utf16);
  const std::string utf32 = "c.yaml:1:1: the text is UTF-32, not UTF-8: save the file as UTF-8";
  CHECK(cursor_error_of("\xff\xfe\0\0a\0\0\0"sv) == utf32);
  CHECK(cursor_error_of("\0\0\xfe\xff\0\0\0a"sv) == utf32);
  CHECK(cursor_error_of("a\0\0\0"sv) == utf32);
  CHECK(cursor_error_of("\0\0\0a"sv) == utf32);
  CHECK(cursor_error_of("a: \0\0"sv) ==
        "c.yaml:1:4: not valid YAML: the character U+0000 is not allowed");
  CHECK(cursor_error_of("a\0"sv) ==
        "c.yaml:1:2: not valid YAML: the character U+0000 is not allowed");
}

TEST_CASE("a colon without a blank is told where it stands") {
  const std::string what = ": not valid YAML: no blank behind the colon: write 'key: value'";
  CHECK(cursor_error_of("a:\n  b:1\n  c: 2\n") == "c.yaml:2:4" + what);
  CHECK(cursor_error_of("a:\n  c: 2\n  b:1\n") == "c.yaml:3:4" + what);
  CHECK(cursor_error_of("a:\n  c: 2\n\n  b:1\n\n  d: 1\n") == "c.yaml:4:4" + what);
  CHECK(cursor_error_of("a: 2\nb:1\n# more\n") == "c.yaml:2:2" + what);
  CHECK(cursor_error_of("a: 2\r\nb:1\r\nc: 1\r\n") == "c.yaml:2:2" + what);
  // Addresses and MACs have colons of their own.
  for (const char* text :
       {"a:\n  aa:bb:cc\n  c: 2\n", "a:\n  10:1\n  c: 2\n", "a: b: c\n", ":x\nb: 1\n"}) {
    CAPTURE(text);
    CHECK(cursor_error_of(text).find("blank") == std::string::npos);
  }
}

TEST_CASE("a tab for indentation is called a tab, where it stands") {
  const std::string what =
      ": not valid YAML: a tab, which YAML does not allow for indentation; use spaces";
  CHECK(cursor_error_of("a:\n\tb: 2\n") == "c.yaml:2:1" + what);
  CHECK(cursor_error_of("a: 1\n\tb: 2\n") == "c.yaml:2:1" + what);
  CHECK(cursor_error_of("a:\n  b:\n    c: 1\n  \td: 2\n") == "c.yaml:4:3" + what);
  CHECK(cursor_error_of("a:\r\n  b: 1\r\n\tc: 2\r\n") == "c.yaml:3:1" + what);
  CHECK(cursor_error_of("\xEF\xBB\xBF"
                        "\u00fc:\n\tb: 2\n") == "c.yaml:2:1" + what);
  CHECK(cursor_error_of("a:\n-\tb: 1\n  c: 2\n").substr(0, 11) == "c.yaml:2:2:");
  CHECK(cursor_error_of("\ta: 1\n") == "c.yaml:1:1" + what);
  // Where tabs are allowed they are not blamed.
  CHECK(events_of("a:\t1\t# x\nb: {\n\tc: 2}\n") == "|{(a)(1)(b){(c)(2)}}|");
  CHECK(cursor_error_of("a: b: c\t\n") ==
        "c.yaml:1:5: not valid YAML: mapping values are not allowed in this context");
}
