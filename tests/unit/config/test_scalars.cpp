#include "config/scalars.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace stage3::config;
using stage3::Duration;

TEST_CASE("booleans as PyYAML reads them") {
  for (const char* text : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
    CAPTURE(text);
    CHECK(parse_boolean(text) == true);
  }
  for (const char* text : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
    CAPTURE(text);
    CHECK(parse_boolean(text) == false);
  }
  for (const char* text : {"", "y", "n", "Y", "N", "tRUE", "yEs", "oN", "0", "1", "true ", "ja"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_boolean(text).has_value());
  }
}

TEST_CASE("whole numbers are plain decimal") {
  CHECK(parse_whole("1", 65536) == 1U);
  CHECK(parse_whole("65536", 65536) == 65536U);
  CHECK(parse_whole("0", 10) == 0U);
  CHECK(parse_whole("1000000000", 1000000000) == 1000000000U);
  for (const char* text :
       {"", "65537", "-1", "+1", "8.0", "8.", "1e3", "010", "0x10", "0b1", "1_000", "1,000", " 8",
        "8 ", "4294967297", "99999999999999999999", "eight", ".inf"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_whole(text, 65536));
  }
}

TEST_CASE("numbers may have a fraction") {
  CHECK(parse_number("0", 100) == 0.0);
  CHECK(parse_number("0.0", 100) == 0.0);
  CHECK(parse_number("0.25", 100) == 0.25);
  CHECK(parse_number("4", 100) == 4.0);
  CHECK(parse_number("100", 100) == 100.0);
  CHECK(parse_number("2.50", 100) == 2.5);
  for (const char* text :
       {"",   ".",   ".5",    "5.",   "-1",   "-0",  "+1",  "1e1", "1.5e1", "100.1", "00.5",
        "01", "0x1", "1.2.3", ".inf", ".nan", "inf", "nan", "NaN", "1_0",   "1:30"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text, 100));
  }
  CHECK_FALSE(parse_number(std::string(400, '9'), 1e6));
}

TEST_CASE("seconds become microseconds") {
  const Duration hour = std::chrono::hours(1);
  CHECK(parse_seconds("0", hour) == Duration(0));
  CHECK(parse_seconds("0.25", hour) == Duration(250000));
  CHECK(parse_seconds("20", hour) == Duration(20000000));
  CHECK(parse_seconds("3600", hour) == Duration(3600000000));
  CHECK(parse_seconds("0.000001", hour) == Duration(1));
  CHECK(parse_seconds("0.0000001", hour) == Duration(0));
  CHECK(parse_seconds("0.1", hour) == Duration(100000));
  for (const char* text : {"3600.1", "9999999999999999999999", "-1", "20s", "1m", "abc", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_seconds(text, hour));
  }
}

TEST_CASE("how a number is written wrongly is told") {
  const std::pair<const char*, const char*> cases[] = {
      {"nan", "finite"},    {".nan", "finite"},  {".inf", "finite"},        {"-.inf", "finite"},
      {"inf", "finite"},    {"NaN", "finite"},   {"1e400", "exponent"},     {"2E3", "exponent"},
      {"0x10", "decimal"},  {"0o17", "decimal"}, {"0b1", "decimal"},        {"010", "octal"},
      {"00.5", "octal"},    {"1_000", "_"},      {"0,25", "decimal point"}, {"1:30", "base of 60"},
      {"20s", "unit"},      {"20 s", "unit"},    {"5ms", "unit"},           {"+5", "sign"},
      {".5", "both sides"}, {"5.", "both sides"}};
  for (const auto& row : cases) {
    const auto& [text, hint] = row;
    CAPTURE(row.first);
    CHECK(number_hint(text).find(hint) != std::string_view::npos);
  }
  for (const char* text : {"", "-", "+", ".", "-5", "8.0", "0", "99999999999", "fast", "check_only",
                           "1.2.3", "e5", "$5", "\x1b[2J"}) {
    CAPTURE(text);
    CHECK(number_hint(text) == "");
  }
}
