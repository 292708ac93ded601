#include "base/name.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "base/utf8.hpp"

using stage3::normalise_name;
using namespace std::string_literals;

namespace {

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(stage3::decode_utf8(text).length);
    ++count;
  }
  return count;
}

/// Text made of what is most likely to go wrong.
std::string any_text(std::mt19937& random) {
  static const std::string kPieces[] = {"a",
                                        "Zimmer",
                                        " ",
                                        "\t",
                                        "\n",
                                        "\x1b[31m",
                                        "\x7f",
                                        "\0"s,
                                        "\xC2\x85",          // next line
                                        "\xC2\xA0",          // no-break space
                                        "\xE2\x80\x8D",      // joiner
                                        "\xE2\x80\x8C",      // non-joiner
                                        "\xE2\x80\xAE",      // right-to-left override
                                        "\xE2\x80\xA8",      // line separator
                                        "\xEF\xBB\xBF",      // byte order mark
                                        "\xC3\xBC",          // u umlaut
                                        "\xF0\x9F\x91\xA9",  // woman
                                        "\xEF\xB8\x8F",      // variation selector
                                        "\xED\xA0\x80",      // surrogate
                                        "\xFF",
                                        "\xC3",
                                        "\xF3\xA0\x81\x81"};  // tag
  std::string out;
  const auto pieces = random() % 12;
  for (unsigned i = 0; i < pieces; ++i)
    out += kPieces[random() % std::size(kPieces)];
  return out;
}

}  // namespace

TEST_CASE("ordinary names stay as they are") {
  for (const char* name :
       {"", "Wohnzimmer",
        "K\xC3\xBC"
        "che \"oben\" \\ 1+1",
        "12", "null", "a-b_c.d~e", "\xE5\xAE\xA2\xE5\x8E\x85", "\xF0\x9F\x92\xA1 Licht"}) {
    CAPTURE(name);
    CHECK(normalise_name(name, 64) == name);
  }
}

TEST_CASE("white space is trimmed and collapsed") {
  CHECK(normalise_name("  Bad  oben \t", 64) == "Bad oben");
  CHECK(normalise_name("Bad\r\noben", 64) == "Bad oben");
  CHECK(normalise_name("Bad\xC2\xA0\xE2\x80\x83oben\xE2\x80\xA8", 64) == "Bad oben");
  CHECK(normalise_name("a\x0b\x0c"
                       "b\xC2\x85"
                       "c",
                       64) == "a b c");
  CHECK(normalise_name(" \n\t ", 64) == "");
}

TEST_CASE("what cannot be printed is left out") {
  CHECK(normalise_name("\x1b[31mrot", 64) == "[31mrot");
  CHECK(normalise_name("a\x00z"s, 64) == "az");
  CHECK(normalise_name("a\x7f\xC2\x9b"
                       "b",
                       64) == "ab");
  CHECK(normalise_name("\xEF\xBB\xBFname", 64) == "name");
  CHECK(normalise_name("abc\xE2\x80\xAE"
                       "def\xE2\x81\xA6",
                       64) == "abcdef");
  CHECK(normalise_name("a\xE2\x80\x8B"
                       "b\xC2\xAD"
                       "c",
                       64) == "abc");
  CHECK(normalise_name("a \x01 b", 64) == "a b");
  CHECK(normalise_name("a\xFF\xC3(\xED\xA0\x80"
                       "b",
                       64) == "a(b");
}

TEST_CASE("joiners stay only between characters") {
  const std::string family = "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";
  CHECK(normalise_name(family, 64) == family);
  CHECK(normalise_name("\xE2\x80\x8D" + family + "\xE2\x80\x8D", 64) == family);
  CHECK(normalise_name("a\xE2\x80\x8D b", 64) == "a b");
  CHECK(normalise_name("a \xE2\x80\x8D"
                       "b",
                       64) == "a b");
  CHECK(normalise_name(family, 2) == "\xF0\x9F\x91\xA9");
}

TEST_CASE("names are cut at code points, and no space is left at the end") {
  CHECK(normalise_name("\xC3\xA4\xC3\xB6\xC3\xBC", 2) == "\xC3\xA4\xC3\xB6");
  CHECK(normalise_name("abc", 3) == "abc");
  CHECK(normalise_name("abc def", 4) == "abc");
  CHECK(normalise_name("abc def", 5) == "abc d");
  CHECK(normalise_name("abc   ", 3) == "abc");
  CHECK(normalise_name("  abc", 1) == "a");
  const std::string longest(255, 'x');
  CHECK(normalise_name(longest + "x", 255) == longest);
}

TEST_CASE("whatever comes in, a clean name comes out") {
  std::mt19937 random(20261123);
  for (int round = 0; round < 20000; ++round) {
    const std::string text = any_text(random);
    const auto max_length = static_cast<unsigned>(1 + random() % 12);
    const std::string name = normalise_name(text, max_length);
    const std::string again = normalise_name(name, max_length);
    bool clean = stage3::is_valid_utf8(name) && count_code_points(name) <= max_length;
    for (const char c : name)
      clean = clean && static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    const bool trimmed = name.empty() || (name.front() != ' ' && name.back() != ' ');
    if (again == name && clean && trimmed && name.find("  ") == std::string::npos) continue;
    CAPTURE(text);
    CAPTURE(max_length);
    FAIL("not clean: " << name);
  }
}
