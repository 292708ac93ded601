#include "json/damage.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace stage3::json;

namespace {

std::string with_mended_surrogates(std::string text) {
  mend_surrogates(text);
  return text;
}

std::string mended(std::string number) {
  mend_number(number.data(), number.size());
  return number;
}

}  // namespace

TEST_CASE("halves of pairs are replaced in their place") {
  const std::string no_utf8(6, '\xFF');
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"("\ud800")", '"' + no_utf8 + '"'},
      {R"("\uDBFF\n")", '"' + no_utf8 + "\\n\""},
      {R"("\ud800\ud800\udc00")", '"' + no_utf8 + "\\ud800\\udc00\""},
      {R"("\ud800A")", '"' + no_utf8 + "A\""},
      {R"("\\\ud800")", "\"\\\\" + no_utf8 + '"'},
      {R"(["\"","\ud800"])", "[\"\\\"\",\"" + no_utf8 + "\"]"}};
  for (const auto& row : cases) {
    const auto& [damaged, expected] = row;
    CAPTURE(row.first);
    CHECK(with_mended_surrogates(damaged) == expected);
  }
}

TEST_CASE("what is no half of a pair stays as it is") {
  for (const char* text : {"", "\"", "\\", "\"\\", "\"\xFF\"", R"("\ud83d\ude00\ud83d\ude00")",
                           R"("\\ud800")", R"("\u0800\u00e4\n")", R"(["\ud8zz","\ud80)"}) {
    CAPTURE(text);
    CHECK(with_mended_surrogates(text) == text);
  }
}

TEST_CASE("numbers beyond all range are replaced by zeros of their length") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1e309", "0.000"},
      {"-2e308", "-0.000"},
      {"1.5E+400", "0.000000"},
      {"0e999", "0.000"},
      {"-0E309", "-0.000"},
      {"-0.0e+309", "-0.000000"},
      {std::string(310, '9'), "0." + std::string(308, '0')}};
  for (const auto& row : cases) {
    const auto& [large, zero] = row;
    CAPTURE(row.first);
    CHECK(mended(large) == zero);
  }
}

TEST_CASE("any other number, and what is none, stays as it is") {
  for (const char* text :
       {"", "0", "-0", "1e308", "-1e308", "1e-999", "0e9", "-0e99", "0.000e308", "-0.0e-3",
        "12345678", "1e999e1", "01e999", "1.e999", "--1e999", "+1e999", ".1e999", "1e", "-"}) {
    CAPTURE(text);
    CHECK(mended(text) == text);
  }
}
