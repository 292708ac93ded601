#include "json/reader.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace stage3::json;

namespace {

constexpr Limits kLimits{100'000, 32};

/// The bytes of every token as its span says.
class Tokens : public Handler {
 public:
  explicit Tokens(const std::string& text) : text_(text) {}

  std::vector<std::string> seen;

  void begin_object(Span brace) override { add(brace); }
  void key(std::string_view, Span token) override { add(token); }
  void end_object(Span brace) override { add(brace); }
  void begin_array(Span bracket) override { add(bracket); }
  void end_array(Span bracket) override { add(bracket); }
  void scalar(const Scalar&, Span token) override { add(token); }

 private:
  void add(Span span) { seen.emplace_back(span.of(text_)); }

  const std::string& text_;
};

std::optional<Problem> problem_of(const std::string& text) {
  Tokens tokens(text);
  return read(text, kLimits, tokens);
}

}  // namespace

TEST_CASE("the span of a token is exactly its bytes") {
  const std::string text =
      "\r\n\t {\"a\" : [ 1 ,-2.5e3,\"\\u00e4\\\"]\" , true,false , null ] ,\n\"b\\n\":{ } } \n";
  Tokens tokens(text);
  REQUIRE_FALSE(read(text, kLimits, tokens));
  const std::vector<std::string> expected{
      "{", "\"a\"",    "[", "1", "-2.5e3", "\"\\u00e4\\\"]\"", "true", "false", "null",
      "]", "\"b\\n\"", "{", "}", "}"};
  CHECK(tokens.seen == expected);
}

TEST_CASE("any value may stand alone") {
  for (const char* text : {"1", " -0 ", "\"\"", "true", "null", "[]", "{}"}) {
    CAPTURE(text);
    CHECK_FALSE(problem_of(text));
  }
}

TEST_CASE("what is not JSON is told with its place") {
  struct Case {
    std::string text;
    std::string message;
    std::size_t offset;
  };
  const std::vector<Case> cases{
      {"", "the text ends too early: no value", 0},
      {"  ", "the text ends too early: no value", 2},
      {"{", "the text ends too early: expected a member name in double quotes", 1},
      {"{\"a\"", "the text ends too early: expected ':'", 4},
      {"{\"a\":", "the text ends too early: expected a value", 5},
      {"{\"a\":1", "the text ends too early: expected ',' or '}'", 6},
      {"[1", "the text ends too early: expected ',' or ']'", 2},
      {"\"ab", "the text ends too early: string without its closing quote", 3},
      {"{} x", "something follows the end of the value", 3},
      {"{}{}", "something follows the end of the value", 2},
      {"{} 1", "something follows the end of the value", 3},
      {"{a:1}", "expected a member name in double quotes", 1},
      {"{\"a\":1,}", "expected a member name in double quotes: remove the comma before it", 7},
      {"{\"a\":1,\n }", "expected a member name in double quotes: remove the comma before it", 9},
      {"{}}", "something follows the end of the value", 2},
      {"[}", "expected a value", 1},
      {"[1,]", "expected a value: remove the comma before it", 3},
      {"{\"a\" 1}", "expected ':'", 5},
      {"{\"a\":1 \"b\":2}", "expected ',' or '}'", 7},
      {"[tru]", "expected a value", 4},
      {"[NaN]",
       "NaN is not JSON: write null or a number (Python writes it unless json.dump() gets "
       "allow_nan=False)",
       1},
      {"{\"a\": -Infinity}",
       "-Infinity is not JSON: write null or a number (Python writes it unless json.dump() gets "
       "allow_nan=False)",
       6},
      {"[Infinity]",
       "Infinity is not JSON: write null or a number (Python writes it unless json.dump() gets "
       "allow_nan=False)",
       1},
      {"{NaN:1}", "expected a member name in double quotes", 1},
      {"[01]", "expected ',' or ']'", 2},
      {"[1.]", "expected a digit", 3},
      {"[1e]", "expected a digit", 3},
      {"['a']", "expected a value: texts stand in double quotes", 1},
      {"{'a':1}", "expected a member name in double quotes: texts stand in double quotes", 1},
      {"// x\n{}", "expected a value: JSON has no comments", 0},
      {"{ # x\n}", "expected a member name in double quotes: JSON has no comments", 2},
      {"{\"a\":1 /* x */}", "expected ',' or '}': JSON has no comments", 7},
      {"{\n<<<<<<< HEAD\n}",
       "expected a member name in double quotes: here is a merge conflict that has not been "
       "resolved",
       2},
      {"{\"a\":1\n=======\n}",
       "expected ',' or '}': here is a merge conflict that has not been resolved", 7},
      {"[nan]", "nan is not JSON: write null or a number", 1},
      {"[-inf]", "-inf is not JSON: write null or a number", 1},
      {"[True]", "True is not JSON: write true (Python's json.dump() does)", 1},
      {"[False]", "False is not JSON: write false (Python's json.dump() does)", 1},
      {"{\"a\":None}", "None is not JSON: write null (Python's json.dump() does)", 5},
      {"[undefined]", "undefined is not JSON: write null, or leave the member out", 1},
      {"[Nonesense]", "expected a value", 1},
      {"[\"NaN\", \"// no comment\",]", "expected a value: remove the comma before it", 24},
      {"[1] // note", "something follows the end of the value: JSON has no comments", 4},
      {"[\"\\x\"]", "invalid escape or raw control character in a string", 2},
      {"[\"a\nb\"]", "invalid escape or raw control character in a string", 3},
      {"[\"\\u12g4\"]", "\\u needs four hex digits", 2},
      {"[\"\\ud800\"]", "\\u escape is half of a surrogate pair", 2},
      {"[\"\\ud800\\u0041\"]", "\\u escape is half of a surrogate pair", 2},
      {"[\"\\udc00\"]", "\\u escape is half of a surrogate pair", 1},
      {"{\"x\\udfff\":1}", "\\u escape is half of a surrogate pair", 1},
      {"[\"\xFF\"]", "not valid UTF-8", 2},
      {"[\"\xED\xA0\x80\"]", "not valid UTF-8", 2},
      {"[1\xC3\xA4]", "expected ',' or ']'", 2},
      {"\xEF\xBB\xBF{}", "byte order mark", 0},
      {std::string("{}\0", 3), "NUL byte", 2},
      {std::string("{\"a\0b\":1}", 9), "NUL byte", 3},
      {std::string("[1]\0garbage", 11), "NUL byte", 3},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto problem = problem_of(c.text);
    REQUIRE(problem);
    CHECK(problem->message == c.message);
    CHECK(problem->offset == c.offset);
  }
}

TEST_CASE("halves of surrogate pairs are taken where the limits say so") {
  struct Case {
    std::string text;
    std::string decoded;
  };
  for (const Case& c : {Case{R"("\ud800")", "\uFFFD"}, Case{R"("a\uDBFFb")", "a\uFFFDb"},
                        Case{R"("\udc00\ud800")", "\uFFFD\uFFFD"},
                        Case{R"("\ud800\ud83d\ude00")", "\uFFFD\U0001F600"},
                        Case{R"("\ud83d\ude00\ude00")", "\U0001F600\uFFFD"},
                        Case{R"("\ud83d\n")", "\uFFFD\n"}, Case{R"("\\ud800")", "\\ud800"}}) {
    CAPTURE(c.text);
    CHECK(decode_string(c.text) == c.decoded);
  }
  class Soundness : public Tokens {
   public:
    using Tokens::Tokens;
    std::string sound;
    void scalar(const Scalar& value, Span) override { sound += value.damaged ? '0' : '1'; }
  };
  const Limits limits{1000, 8, true};
  const std::string text = R"(["a","\ud800","\ud83d\ude00",{"\udfff":"b"},"\udfff",1])";
  Soundness tokens(text);
  CHECK_FALSE(read(text, limits, tokens));
  CHECK(tokens.sound == "101101");
  for (const char* broken : {R"(["\ud80"])", R"(["\ud8)", R"(["\ud800\u12"])"}) {
    CAPTURE(broken);
    CHECK(read(broken, limits, tokens));
  }
}

TEST_CASE("letters of other alphabets are not taken for halves of a surrogate pair") {
  // U+D55C is ED 95 9C: the first byte is that of the surrogates.
  CHECK_FALSE(problem_of("[\"\\n\\ud55c\xED\x95\x9C\"]"));
}

TEST_CASE("numbers beyond +-1e308 and overlong ones are refused") {
  const std::string digits(1023, '1');
  CHECK_FALSE(
      problem_of("[1e308,-1e308,18446744073709551616,-0,1e-400,0." + std::string(500, '0') + "1]"));
  for (const std::string number :
       {"1e309", "-1e309", "1.1e308", "1e400", "1e99999999999999999999", "2e308"}) {
    CAPTURE(number);
    const auto problem = problem_of("[" + number + "]");
    REQUIRE(problem);
    CHECK(problem->message == "number beyond +-1e308");
    CHECK(problem->offset == 1);
  }
  CHECK_FALSE(problem_of("[0." + digits.substr(0, 1022) + "]"));
  for (const char* after : {"", "e400", "]"}) {
    const auto problem = problem_of("[0." + digits + after);
    REQUIRE(problem);
    CHECK(problem->message == "number of more than 1024 characters");
    CHECK(problem->offset == 1);
  }
}

TEST_CASE("a zero is within all range, whatever its exponent") {
  const std::string many(350, '0');
  for (const std::string& number :
       {std::string("0e309"), std::string("0e999999"), std::string("-0E+999999"),
        std::string("0.000e99999999999999999999"), "0." + many + "e400", std::string("0e-999999"),
        std::string("1e-999999"), "0." + many + "1e400", "0." + many + "1e658",
        "1" + std::string(308, '0')}) {
    CAPTURE(number);
    CHECK_FALSE(problem_of(number));
    const std::string text = "{\"a\":" + number + ",\"b\":[" + number + " ," + number + "]}";
    Tokens tokens(text);
    REQUIRE_FALSE(read(text, kLimits, tokens));
    CHECK(tokens.seen ==
          std::vector<std::string>{"{", "\"a\"", number, "\"b\"", "[", number, number, "]", "}"});
  }
  for (const std::string& number : {std::string("1.8e308"), std::string("-1e309"),
                                    "0." + many + "1e660", "1" + std::string(309, '0')}) {
    CAPTURE(number);
    const auto problem = problem_of(number);
    REQUIRE(problem);
    CHECK(problem->message == "number beyond +-1e308");
  }
  for (const char* number : {"0e999x", "00e999", "0e+999e1", "0e999.5", "0.e999", "0e+"}) {
    CAPTURE(number);
    CHECK(problem_of(number));
  }
}

TEST_CASE("an overlong number behind the end is not taken for the end") {
  const auto problem = problem_of("{} " + std::string(2000, '1'));
  REQUIRE(problem);
  CHECK(problem->offset == 3);
}

TEST_CASE("26 bytes that crash RapidJSON when it converts numbers itself") {
  CHECK(problem_of("[1e-74371" + std::string(15, '0') + "]") == std::nullopt);
  CHECK(problem_of("[0.00000000000000000001e308]") == std::nullopt);
}

TEST_CASE("a deep nest costs no stack") {
  const auto problem = problem_of(std::string(90'000, '['));
  REQUIRE(problem);
  CHECK(problem->message == "nested deeper than 32 levels");
  CHECK(problem->offset == 32);
}

TEST_CASE("a string token is decoded") {
  CHECK(decode_string(R"("")").empty());
  CHECK(decode_string(R"("K\u00fcche \"\/\\\n")") == "Küche \"/\\\n");
}

TEST_CASE("strings and white space of any length are read to their exact end") {
  // Eight bytes are looked at at a time: whatever ends them may stand anywhere in the eight.
  for (std::size_t length = 0; length < 20; ++length) {
    for (std::size_t space = 0; space < 20; ++space) {
      CAPTURE(length);
      CAPTURE(space);
      const std::string name = '"' + std::string(length, 'n') + '"';
      const std::string value =
          '"' + std::string(length, '~') + "\\\"" + std::string(space, '!') + '"';
      const std::string text = "{\n" + std::string(space, ' ') + "\t" + name + ": " + value +
                               std::string(space, ' ') + "\r\n}" + std::string(length, ' ');
      Tokens tokens(text);
      REQUIRE_FALSE(read(text, kLimits, tokens));
      CHECK(tokens.seen == std::vector<std::string>{"{", name, value, "}"});
      CHECK(decode_string(value) == std::string(length, '~') + '"' + std::string(space, '!'));
    }
    for (const char bad : {'\n', '\x1f', '\x01'}) {
      const std::string text =
          '"' + std::string(length, 'x') + bad + std::string(length, 'x') + '"';
      const auto problem = problem_of(text);
      REQUIRE(problem);
      CHECK(problem->offset == 1 + length);
    }
  }
}
