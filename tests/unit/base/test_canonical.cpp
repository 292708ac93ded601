#include <doctest/doctest.h>

#include <stage3/text.hpp>
#include <string>

using stage3::canonical;

TEST_CASE("what Unicode holds to be the same becomes one text") {
  for (const auto& row : {std::pair("Ku\u0308che", "Küche"),
                          {"\u212Bngstro\u0308m", "Ångström"},
                          {"\u2126", "Ω"},
                          {"\u03B1\u0301", "ά"},
                          {"\u0438\u0306", "й"},
                          {"Vie\u0323\u0302t", "Việt"},
                          {"Vie\u0302\u0323t", "Việt"},
                          {"Vi\u00EA\u0323t", "Việt"},
                          {"\u1112\u1161\u11AB", "한"},
                          {"\u1112\u1161", "하"},
                          {"\uD558\u11AB", "한"},
                          // One that form C never has in one.
                          {"\u0958", "\u0915\u093C"},
                          // A mark of the same class stands in between.
                          {"a\u0301\u0308", "á\u0308"},
                          {"a\u0308\u0301", "ä\u0301"},
                          {"\u0308a", "\u0308a"},
                          {"x\u0308\u0308", "ẍ\u0308"}}) {
    const auto& [spelled, same] = row;
    CAPTURE(row.first);
    CHECK(canonical(spelled) == same);
    CHECK(canonical(same) == same);
  }
}

TEST_CASE("what is one text already stays as it is") {
  for (const char* text :
       {"", "Wohnzimmer", "Küche", "Grüße", "居間", "한글", "👩\u200D🚒", "á\u0302"}) {
    CAPTURE(text);
    CHECK(canonical(text) == text);
  }
}

TEST_CASE("what is no UTF-8 becomes U+FFFD") {
  CHECK(canonical("a\xff") == "a\uFFFD");
  CHECK(canonical("\xcc") == "\uFFFD");
}
