#include <doctest/doctest.h>
#include <stage3/address.hpp>

using stage3::Mac;

TEST_CASE("every usual spelling is the same MAC") {
  for (const char* text : {"A8032ABE54DC", "a8032abe54dc", "A8032abe54DC", "a8:03:2a:be:54:dc",
                           "A8:03:2A:BE:54:DC", "a8-03-2a-be-54-dc"}) {
    CAPTURE(text);
    const auto mac = Mac::parse(text);
    REQUIRE(mac);
    CHECK(mac->to_string() == "A8032ABE54DC");
  }
}

TEST_CASE("anything else is no MAC") {
  using namespace std::string_view_literals;
  for (const auto text :
       {""sv, "A8032ABE54D"sv, "A8032ABE54DCA"sv, "A8032ABE54DG"sv, " A8032ABE54DC"sv,
        "A8032ABE54DC "sv, "a8:03:2a:be:54-dc"sv, "a8-03:2a:be:54:dc"sv, "a8.03.2a.be.54.dc"sv,
        "a8:03:2a:be:54:d"sv, "a8032a:be54dc"sv, "a803.2abe.54dc"sv, ":a8:03:2a:be:54:d"sv,
        "a8:03:2a:be:54:dc:"sv, "0xA8032ABE54"sv, "A8032ABE54D\0"sv,
        "a8\00003\0002a\000be\00054\000dc"sv, "-8:03:2a:be:54:dc"sv,
        "\xef\xbc\xa1"
        "8032ABE5"sv}) {
    CAPTURE(text);
    CHECK_FALSE(Mac::parse(text));
  }
}

TEST_CASE("MACs compare by their bytes") {
  const Mac low = *Mac::parse("000000000001");
  const Mac high = *Mac::parse("FF0000000000");
  CHECK(low == *Mac::parse("00:00:00:00:00:01"));
  CHECK(low != high);
  CHECK(low < high);
  CHECK_FALSE(high < low);
  CHECK(Mac().to_string() == "000000000000");
}
