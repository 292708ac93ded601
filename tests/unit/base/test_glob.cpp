#include "base/glob.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>

#include "../rounds.hpp"

using stage3::Glob;

namespace {

bool fits(std::string_view pattern, std::string_view text) {
  const auto glob = Glob::parse(pattern);
  REQUIRE(glob.has_value());
  return glob->matches(text);
}

/// By definition, over patterns of `*`, `?` and letters.
bool fits_by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i)
      if (fits_by_definition(pattern.substr(1), text.substr(i))) return true;
    return false;
  }
  if (text.empty() || (pattern[0] != '?' && pattern[0] != text[0])) return false;
  return fits_by_definition(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("patterns fit as in a shell") {
  for (const auto& row : {std::pair("Plus*", "Plus"),
                          {"Plus*", "PlusPlugS"},
                          {"*", ""},
                          {"*", "x"},
                          {"", ""},
                          {"?", "x"},
                          {"a*b*c", "abbcbc"},
                          {"[a-c]x", "bx"},
                          {"[!a-c]", "d"},
                          {"[^a]", "b"},
                          {"[]]", "]"},
                          {"[!]]", "x"},
                          {"[a-]", "-"},
                          {"[-a]", "-"},
                          {"[\\]]", "]"},
                          {"[*]", "*"},
                          {"\\*", "*"},
                          {"a]", "a]"}}) {
    const auto& [pattern, text] = row;
    CAPTURE(row.first);
    CAPTURE(row.second);
    CHECK(fits(pattern, text));
  }
  // A name from macOS, and one that was typed.
  for (const auto& row : {std::pair("K\u00FC*", "Ku\u0308che"),
                          {"Ku\u0308*", "K\u00FCche"},
                          {"K?che", "Ku\u0308che"},
                          {"K[u\u0308]che", "K\u00FCche"},
                          {"K[\u00E4-\u00FC]che", "Ku\u0308che"},
                          {"*\u00FC*", "Ku\u0308che"}}) {
    const auto& [pattern, text] = row;
    CAPTURE(row.first);
    CHECK(fits(pattern, text));
  }
  CHECK_FALSE(fits("Ku*", "Ku\u0308che"));
  CHECK_FALSE(fits("K[u]*", "Ku\u0308che"));
  CHECK(Glob::parse("Ku\u0308che")->only_text() == "K\u00FCche");
  for (const auto& row : {std::pair("Plus*", "plusPlugS"),
                          {"Plus", "PlusPlugS"},
                          {"?", ""},
                          {"?", "xy"},
                          {"", "x"},
                          {"a*b*c", "abcb"},
                          {"[a-c]", "d"},
                          {"[!a-c]", "b"},
                          {"[!a]", ""},
                          {"\\*", "x"},
                          {"[*]", "x"}}) {
    const auto& [pattern, text] = row;
    CAPTURE(row.first);
    CAPTURE(row.second);
    CHECK_FALSE(fits(pattern, text));
  }
}

TEST_CASE("a character is a code point") {
  CHECK(fits("K?che", "K\u00fcche"));
  CHECK(fits("K[\u00e4-\u00fc]che", "K\u00fcche"));
  CHECK(fits("?", "\U0001f4a1"));
  CHECK_FALSE(fits("?", "\xc3\xbc\xc3\xbc"));
  CHECK(fits("a?b",
             "a\xff"
             "b"));
}

TEST_CASE("what is no pattern") {
  for (const char* pattern :
       {"[", "[a", "a[", "[]", "[!", "[!]", "[b-a]", "[a-", "[[:alpha:]]", "\\", "a\\", "[a\\"}) {
    CAPTURE(pattern);
    CHECK_FALSE(Glob::parse(pattern).has_value());
  }
}

TEST_CASE("the only text that fits") {
  CHECK(Glob::parse("K\u00fcche")->only_text() == "K\u00fcche");
  CHECK(Glob::parse("\\*a")->only_text() == "*a");
  CHECK(Glob::parse("")->only_text() == "");
  for (const char* pattern : {"*", "a?", "[a]", "a*"})
    CHECK_FALSE(Glob::parse(pattern)->only_text().has_value());
}

TEST_CASE("as by definition, whatever the pattern") {
  std::mt19937 random(7);
  const auto text_of = [&](std::string_view alphabet, std::size_t longest) {
    std::string text(random() % (longest + 1), ' ');
    for (char& c : text)
      c = alphabet[random() % alphabet.size()];
    return text;
  };
  int fitting = 0;
  for (int i = 0; i < rounds(50'000); ++i) {
    const std::string pattern = text_of("ab**?", 7);
    const std::string text = text_of("ab", 9);
    CAPTURE(pattern);
    CAPTURE(text);
    const bool wanted = fits_by_definition(pattern, text);
    fitting += wanted ? 1 : 0;
    REQUIRE(fits(pattern, text) == wanted);
  }
  CHECK(fitting > rounds(1000));
}

TEST_CASE("ten thousand stars take no longer than their number") {
  std::string pattern;
  for (int i = 0; i < 10'000; ++i)
    pattern += "*a";
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(fits(pattern + "b", std::string(10'000, 'a')));
  CHECK(fits(pattern + "*", std::string(10'000, 'a')));
  CHECK_FALSE(fits(std::string(10'000, '*') + "b", std::string(10'000, 'a')));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}
