#include "json/number.hpp"

#include <doctest/doctest.h>

#include <string>

using stage3::json::is_beyond_1e308;

TEST_CASE("numbers up to 1e308 are not beyond it, however they are spelled") {
  const std::string zeros(308, '0');
  for (const std::string& number :
       {std::string("0"), std::string("-0"), std::string("0e999"), std::string("0.000e+99999"),
        std::string("1e308"), std::string("-1E+308"), std::string("1.000e308"),
        std::string("0.1e309"), std::string("10e307"), std::string("100.0e306"), "1" + zeros,
        "-1" + zeros + ".0", std::string(308, '9'), "0." + zeros + "1e617", std::string("9.99e307"),
        std::string("1e-99999999999999999999")}) {
    CAPTURE(number);
    CHECK_FALSE(is_beyond_1e308(number));
  }
}

TEST_CASE("numbers beyond 1e308") {
  const std::string zeros(308, '0');
  for (const std::string& number :
       {std::string("1e309"), std::string("-1e309"), std::string("2e308"),
        std::string("1.0000000000000000000001e308"), std::string("0.1e310"), std::string("10e308"),
        "2" + zeros, "1" + zeros + "0", "1" + zeros + ".5", std::string(309, '1'),
        "0." + zeros + "1e618", std::string("1e99999999999999999999")}) {
    CAPTURE(number);
    CHECK(is_beyond_1e308(number));
  }
}
