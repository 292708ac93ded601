#include "json/scalars.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace stage3::json;

namespace {

constexpr Limits kSmall{1024, 4};

struct Visited {
  std::string lines;
  std::optional<Problem> problem;
};

/// "a.b=string:text" for each scalar, a line each.
Visited visit(std::string_view text, const Limits& limits = kSmall) {
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

TEST_CASE("damaged values are visited as such") {
  for (const std::string& token :
       std::vector<std::string>{"\"\xFF\"", "\"a\xC3\"", "\"\xED\xA0\x80\"", "\"\\ud800\"",
                                "\"\\ud800\\u0041\"", "\"\\uDBFF\\n\"", "\"\\ud800\\ud800\\udc00\"",
                                "\"\\udc00\"", "\"\\\\\\uD800\"", "1e309", "-1e400"}) {
    CAPTURE(token);
    const std::string text = "{\"a\":" + token + ",\"\xFF\\ud800\":[" + token + "],\"b\":\"ok\"}";
    std::string undamaged;
    std::size_t damaged = 0;
    const auto problem = visit_scalars(text, kSmall, [&](const Path& path, const Scalar& scalar) {
      if (scalar.damaged) ++damaged;
      if (!scalar.damaged) undamaged += path.back() + "=" + std::string(scalar.text);
    });
    CHECK_FALSE(problem);
    CHECK(damaged == 1);
    CHECK(undamaged == "b=ok");
  }
}

TEST_CASE("what only looks like half of a pair is not damaged") {
  const std::string text =
      R"({"z":0e308,"a":"\\ud800","b":"\ud83d\ude00","c":"\\\ud83d\ude00","d":"\u0800"})";
  const auto problem = visit_scalars(text, kSmall, [&](const Path&, const Scalar& scalar) {
    CAPTURE(scalar.text);
    CHECK_FALSE(scalar.damaged);
  });
  CHECK_FALSE(problem);
}

TEST_CASE("what is no JSON stays none") {
  const std::string with_nul{"{\"a\0\":1}", 8};
  const std::vector<std::string> texts{"[.1e999]",
                                       "{\"a\":+1e999}",
                                       "{\xFF\"a\":1}",
                                       "\xFF{}",
                                       "{}\xFF",
                                       "{\"a\":\xFF}",
                                       "{\"a\":\\ud800}",
                                       "{\"a\":\"\\ud8\"}",
                                       "{\"a\":\"\\ud8zz\"}",
                                       "{\"a\":\"\\ud800",
                                       "{\"a\":\"\\ud80",
                                       "{\"a\":\"\xFF",
                                       "\xEF\xBB\xBF{}",
                                       with_nul,
                                       "{\"a\n\":1}",
                                       "{\"a\":" + std::string(2000, '1') + "}",
                                       "{\"a\":{\"b\":{\"c\":{\"\xFF\":{}}}}}"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(visit(text, {4096, 4}).problem);
  }
}

TEST_CASE("a text without a NUL behind it is read to its own end only") {
  const std::string text = R"({"a":1}{"b":2})";
  CHECK(visit(std::string_view(text).substr(0, 7)).lines == "a=number:1\n");
}

TEST_CASE("an exception of the visitor passes through") {
  const auto refuse = [](const Path&, const Scalar&) { throw std::runtime_error("enough"); };
  CHECK_THROWS_WITH(visit_scalars(R"({"a":"b"})", kSmall, refuse), "enough");
}
