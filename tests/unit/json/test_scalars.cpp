#include "json/scalars.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace stage3::json;

namespace {

constexpr Limits kLimits{1024, 4};

struct Visited {
  std::string lines;
  std::optional<Problem> problem;
};

/// "a.b=string:text" for each scalar, a line each.
Visited visit(std::string_view text, const Limits& limits = kLimits) {
  Visited visited;
  visited.problem = visit_scalars(text, limits, [&](const Path& path, const Scalar& scalar) {
    const char* const kinds[] = {"null", "boolean", "number", "string"};
    for (std::size_t i = 0; i < path.size(); ++i) {
      visited.lines += (i == 0 ? "" : ".") + path[i];
    }
    visited.lines += std::string("=") + kinds[static_cast<int>(scalar.kind)] + ":" +
                     std::string(scalar.text) + "\n";
  });
  return visited;
}

}  // namespace

TEST_CASE("scalars are visited with the names that lead to them") {
  const Visited visited =
      visit(R"({"a":1,"b":{"c":"x","d":{"e":null}},"f":true,"g":false,"":"no name"})");
  CHECK_FALSE(visited.problem);
  CHECK(visited.lines ==
        "a=number:1\nb.c=string:x\nb.d.e=null:null\nf=boolean:true\ng=boolean:false\n=string:no "
        "name\n");
}

TEST_CASE("what stands in an array is checked but not visited") {
  CHECK(visit(R"({"a":[1,{"b":2},[3]],"c":4})").lines == "c=number:4\n");
  CHECK(visit(R"({"a":[1,{"b":tru}]})").problem);
}

TEST_CASE("names and strings are decoded, numbers are not") {
  const Visited visited = visit(R"({"\u0061\n":"\u00fc\ud83d\ude00\/\"","n":-0.0e-3})");
  CHECK_FALSE(visited.problem);
  CHECK(visited.lines == "a\n=string:\u00fc\U0001F600/\"\nn=number:-0.0e-3\n");
}

TEST_CASE("a member given twice is visited twice, in order: the last one wins") {
  CHECK(visit(R"({"a":1,"a":2})").lines == "a=number:1\na=number:2\n");
}

TEST_CASE("the top level must be an object") {
  CHECK(visit("{}").lines.empty());
  CHECK_FALSE(visit(" {} \n").problem);
  for (const char* text : {"[]", "[{\"a\":1}]", "1", "\"a\"", "null"}) {
    CAPTURE(text);
    const Visited visited = visit(text);
    REQUIRE(visited.problem);
    CHECK(visited.problem->message == "expected an object");
    CHECK(visited.lines.empty());
  }
}

TEST_CASE("limits") {
  CHECK_FALSE(visit(R"({"a":{"b":{"c":{}}}})").problem);
  const Visited deep = visit(R"({"a":{"b":{"c":[[]]}}})");
  REQUIRE(deep.problem);
  CHECK(deep.problem->message == "nested deeper than 4 levels");
  CHECK(deep.problem->offset == 16);

  const Limits tight{8, 4};
  CHECK_FALSE(visit(R"({"a": 1})", tight).problem);
  const Visited large = visit(R"({"a": 10})", tight);
  REQUIRE(large.problem);
  CHECK(large.problem->message == "larger than 8 bytes");
}

TEST_CASE("a text without a NUL behind it is read to its own end only") {
  const std::string text = R"({"a":1}{"b":2})";
  CHECK(visit(std::string_view(text).substr(0, 7)).lines == "a=number:1\n");
}

TEST_CASE("an exception of the visitor passes through") {
  const auto refuse = [](const Path&, const Scalar&) { throw std::runtime_error("enough"); };
  CHECK_THROWS_WITH(visit_scalars(R"({"a":"b"})", kLimits, refuse), "enough");
}
