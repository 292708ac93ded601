#include "base/graphemes.hpp"

#include <doctest/doctest.h>
#include <stage3/text.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/utf8.hpp"

using stage3::display_width;
using stage3::fitting;
using stage3::grapheme_length;
using stage3::shortened;

namespace {

std::vector<std::string> clusters(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t length = grapheme_length(text);
    REQUIRE(length > 0);
    found.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return found;
}

/// A line of GraphemeBreakTest.txt, "÷ 0020 × 0308 ÷ 0020 ÷", as clusters.
std::vector<std::string> expected_clusters(const std::string& line) {
  std::vector<std::string> expected;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (word == "÷") {
      expected.emplace_back();
    } else if (word != "×") {
      stage3::append_utf8(expected.back(), static_cast<char32_t>(std::stoul(word, nullptr, 16)));
    }
  }
  expected.pop_back();  // the mark at the end opens none
  return expected;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += part;
  return text;
}

/// They break on both sides, and never reach a line.
bool has_control(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const stage3::Decoded decoded = stage3::decode_utf8(rest);
    if (stage3::is_control(decoded.code_point)) return true;
    rest.remove_prefix(decoded.length);
  }
  return false;
}

}  // namespace

TEST_CASE("each of Unicode's own examples breaks where it says") {
  std::ifstream file("/usr/share/unicode/auxiliary/GraphemeBreakTest.txt");
  if (!file) {
    MESSAGE("skipped: /usr/share/unicode is missing (Debian: unicode-data)");
    return;
  }
  unsigned checked = 0;
  for (std::string line; std::getline(file, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    if (line.empty()) continue;
    const std::vector<std::string> expected = expected_clusters(line);
    const std::string text = joined(expected);
    if (has_control(text)) continue;
    CAPTURE(line);
    CHECK(clusters(text) == expected);
    ++checked;
  }
  CHECK(checked > 400);
}

TEST_CASE("what people take for one character is one") {
  for (const char* one :
       {"a", "é", "e\u0301", "👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "한", "\u1112\u1161\u11ab",
        "क्\u200d", "❤️", "1️⃣", "नि", "🏴\u200d☠️"}) {
    CAPTURE(one);
    CHECK(clusters(one).size() == 1);
  }
  CHECK(clusters("🇩🇪🇫🇷🇮") == std::vector<std::string>{"🇩🇪", "🇫🇷", "🇮"});
  CHECK(clusters("👨👩") == std::vector<std::string>{"👨", "👩"});
  CHECK(clusters("a\u200d👩") == std::vector<std::string>{"a\u200d", "👩"});
  CHECK(clusters("") == std::vector<std::string>{});
  CHECK(clusters("\xff\xcc\x81") == std::vector<std::string>{"\xff", "\u0301"});
}

TEST_CASE("columns") {
  const auto width = [](const char* text) { return display_width(text); };
  CHECK(width("") == 0);
  CHECK(width("Küche") == 5);
  CHECK(width("Ku\u0308che") == 5);
  CHECK(width("居間") == 4);
  CHECK(width("한글") == 4);
  CHECK(width("\u1112\u1161\u11ab") == 2);
  CHECK(width("ｱ") == 1);
  CHECK(width("Ａ") == 2);
  CHECK(width("می\u200cخواهم") == 7);
  CHECK(width("שלום") == 4);
  CHECK(width("●") == 1);
  CHECK(width("😀") == 2);
  CHECK(width("👨\u200d👩") == 4);
  CHECK(width("❤") == 1);
  CHECK(width("❤️") == 2);
  CHECK(width("😀️") == 2);
  CHECK(width("🇩🇪") == 2);
}

TEST_CASE("nothing is cut through") {
  CHECK(fitting("Küche", 3) == "Küc");
  CHECK(fitting("居間", 3) == "居");
  CHECK(fitting("ae\u0301b", 2) == "ae\u0301");
  CHECK(fitting("ab👨\u200d👩c", 5) == "ab");
  CHECK(fitting("ab👨\u200d👩c", 6) == "ab👨\u200d👩");
  CHECK(fitting("abc", 0).empty());
  CHECK(fitting("abc", 99) == "abc");
}

TEST_CASE("shortened") {
  CHECK(shortened("Wohnzimmer", 10) == "Wohnzimmer");
  CHECK(shortened("Wohnzimmer", 9) == "Wohnzi...");
  CHECK(shortened("居間居間", 7) == "居間...");
  CHECK(shortened("居間居間", 6) == "居...");
  CHECK(shortened("Wohnzimmer", 3) == "...");
  CHECK(shortened("Wohnzimmer", 2) == "..");
  CHECK(shortened("Wohnzimmer", 0).empty());
}

TEST_CASE("whatever is cut stays within its columns and is made of whole clusters") {
  const std::vector<std::string> pieces = {"a",  "é",  "e\u0301", "居", "👨\u200d👩\u200d👧",
                                           "🇩🇪", "नि", "❤️",  " ",  "한"};
  unsigned seed = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      seed = seed * 1103515245 + 12345;
      text += pieces[(seed >> 16) % pieces.size()];
    }
    const std::size_t columns = (seed >> 8) % 24;
    const std::string short_one = shortened(text, columns);
    REQUIRE(display_width(short_one) <= columns);
    const std::string_view start = fitting(text, columns);
    std::string rejoined;
    for (const std::string& cluster : clusters(text)) {
      if (rejoined.size() >= start.size()) break;
      rejoined += cluster;
    }
    REQUIRE(rejoined == start);
  }
}
