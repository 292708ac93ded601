#include "state/scan.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace stage3;

namespace {

/// The value of the member that `text`, an object, begins with.
std::string value_in(const std::string& text) {
  const state::Member member = state::member_at(text, 1);
  CHECK(member.key == 1);
  return text.substr(member.value, member.end - member.value);
}

}  // namespace

TEST_CASE("a member is found from its name on") {
  CHECK(value_in(R"({"a":"b"})") == R"("b")");
  CHECK(value_in("{\"a\" \t:\r\n \"b\" ,\"c\":1}") == R"("b")");
  CHECK(value_in(R"({"":""})") == R"("")");
  CHECK(value_in(R"({"a\"b\\":"\\\"","c":"d"})") == R"("\\\"")");
  CHECK(value_in(R"({"a":"\\"})") == R"("\\")");
}

TEST_CASE("values that are no strings") {
  CHECK(value_in(R"({"a":-1.5e+3})") == "-1.5e+3");
  CHECK(value_in(R"({"a":null,"b":1})") == "null");
  CHECK(value_in("{\"a\":true\n}") == "true");
  CHECK(value_in(R"({"a":[] })") == "[]");
  CHECK(value_in(R"({"a":{"]}\"":["}",[{}]]},"b":{}})") == R"({"]}\"":["}",[{}]]})");
}
