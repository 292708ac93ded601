#include "net/answer_sink.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

using stage3::net::AnswerSink;
using Objection = AnswerSink::Objection;

namespace {

constexpr const char* kField = "WWW-Authenticate: Digest a=\"b\"\r\n";
const std::vector<std::string> kChallenge{"Digest a=\"b\""};
const std::vector<std::string> kNone;

/// Feeds an answer's header lines; false: stopped.
bool take(AnswerSink& sink, std::initializer_list<std::string> lines) {
  for (const std::string& line : lines)
    if (!sink.take_header(line)) return false;
  return true;
}

AnswerSink begun() {
  AnswerSink sink;
  sink.begin();
  return sink;
}

/// What comes of an answer with these header lines behind a good status line.
Objection objection_to(std::initializer_list<std::string> lines) {
  AnswerSink sink = begun();
  CHECK(sink.take_header("HTTP/1.1 401 Unauthorized\r\n"));
  CHECK(sink.take_header(kField));
  const bool taken = take(sink, lines);
  CHECK(taken == (sink.objection() == Objection::none));
  return sink.objection();
}

}  // namespace

TEST_CASE("an answer is collected, and forgotten with the next call") {
  AnswerSink sink = begun();
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kField, "\r\n"}));
  CHECK(sink.take_body("nu"));
  CHECK(sink.take_body("ll"));
  CHECK(sink.body() == "null");
  CHECK(sink.challenges() == kChallenge);
  CHECK(sink.objection() == Objection::none);
  sink.begin();
  CHECK(sink.body() == "");
  CHECK(sink.challenges() == kNone);
}

TEST_CASE("challenges are those of a header block that has ended") {
  AnswerSink sink = begun();
  CHECK(sink.challenges() == kNone);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kField}));
  CHECK(sink.challenges() == kNone);
  CHECK_FALSE(sink.has_header());
  CHECK(sink.take_header("\n"));
  CHECK(sink.has_header());
  CHECK(sink.challenges() == kChallenge);
  // Trailers.
  CHECK(sink.take_header("WWW-Authenticate: Digest c=d\r\n"));
  CHECK(sink.take_header("\r\n"));
  CHECK(sink.challenges() == kChallenge);
}

TEST_CASE("the name of the field is the whole name, in any case") {
  AnswerSink sink = begun();
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", "www-AUTHENTICATE:\tDigest a=\"b\" \r\n",
                    "XWW-Authenticate: Digest c=d\r\n", "WWW-Authenticate2: Digest c=d\r\n",
                    "WWW-Authenticate : Digest c=d\r\n", "WWW-Authenticate\r\n",
                    "X: WWW-Authenticate: Digest c=d\r\n", "\r\n"}));
  CHECK(sink.challenges() == kChallenge);
}

TEST_CASE("interim answers come before the answer, and theirs counts for nothing") {
  AnswerSink sink = begun();
  CHECK(take(sink, {"HTTP/1.1 100 Continue\r\n", kField, "\r\n"}));
  CHECK(sink.challenges() == kNone);
  CHECK(take(sink, {"HTTP/1.1 103 Early Hints\r\n", "\r\n"}));
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", "\r\n"}));
  CHECK(sink.challenges() == kNone);

  // No answer follows this one.
  AnswerSink last = begun();
  CHECK(take(last, {"HTTP/1.1 101 Switching Protocols\r\n", "\r\n", "not HTTP\r\n"}));
}

TEST_CASE("a status line is written in one way") {
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "HTTP/1.0 404\r\n", "HTTP/1.1 500 \n",
                           "HTTP/1.1 401 Un  authorized\r\n"}) {
    CAPTURE(line);
    CHECK(begun().take_header(line));
  }
  for (const char* line :
       {"HTTP/1.1  401 x\r\n", "HTTP/1.1\t401 x\r\n", "HTTP/1.1 0401 x\r\n", "HTTP/1.1 4010\r\n",
        "HTTP/1.1 401\tx\r\n", "HTTP/1.1 40\r\n", "HTTP/1.1 4x1 x\r\n", "HTTP/1.1\r\n",
        "HTTP/1.x 401 x\r\n", "HTTP/2 401 x\r\n", "HTTP/2 00401\r\n", "HTTP/2.0 401 x\r\n",
        "http/1.1 401 x\r\n", " HTTP/1.1 401 x\r\n", "HTTP/1.1401 x\r\n", "ICY 401 x\r\n", "\r\n",
        ""}) {
    CAPTURE(line);
    AnswerSink sink = begun();
    CHECK_FALSE(sink.take_header(line));
    CHECK(sink.objection() == Objection::malformed);
  }
}

TEST_CASE("a second status line is a field, and no field of a name that counts") {
  CHECK(objection_to({"HTTP/x: 200\r\n", "\r\n"}) == Objection::none);
  CHECK(objection_to({"HTTP/1.1 200 OK\r\n", "\r\n"}) == Objection::none);
}

TEST_CASE("what two readers would read in two ways stops the call") {
  CHECK(objection_to({" folded\r\n"}) == Objection::malformed);
  CHECK(objection_to({"\tfolded\r\n"}) == Objection::malformed);
  CHECK(objection_to({"X: a\rWWW-Authenticate: Digest c=d\r\n"}) == Objection::malformed);
  CHECK(objection_to({"\rX: a\r\n"}) == Objection::malformed);
  CHECK(objection_to({"\r\r\n"}) == Objection::malformed);
  CHECK(objection_to({std::string("X: a\0b\r\n", 8)}) == Objection::malformed);
  CHECK(objection_to({" \r\n"}) == Objection::malformed);
  CHECK(objection_to({"X: \xc3\xbc\r\n", "Y:\r\n", "\r\n"}) == Objection::none);
}

TEST_CASE("body and headers are bounded") {
  AnswerSink sink = begun();
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n", "\r\n"}));
  CHECK(sink.take_body(std::string(AnswerSink::kMaxBody, 'x')));
  CHECK(sink.objection() == Objection::none);
  CHECK_FALSE(sink.take_body("x"));
  CHECK(sink.objection() == Objection::too_large);
  CHECK(sink.body().size() == AnswerSink::kMaxBody);

  sink.begin();
  CHECK(sink.objection() == Objection::none);
  const std::string status = "HTTP/1.1 200 OK\r\n";
  CHECK(sink.take_header(status));
  CHECK(sink.take_header(std::string(AnswerSink::kMaxHeaders - status.size(), 'x')));
  CHECK_FALSE(sink.take_header("\r\n"));
  CHECK(sink.objection() == Objection::too_large);

  // So is each line, however short.
  sink.begin();
  CHECK(sink.take_header(status));
  for (unsigned lines = 1; lines < AnswerSink::kMaxHeaderLines; ++lines)
    CHECK(sink.take_header("x:\n"));
  CHECK_FALSE(sink.take_header("x:\n"));
  CHECK(sink.objection() == Objection::too_large);

  // A flood of interim answers is one answer's headers.
  sink.begin();
  int taken = 0;
  while (take(sink, {"HTTP/1.1 100 Continue\r\n", "\r\n"}))
    REQUIRE(++taken < 10000);
  CHECK(sink.objection() == Objection::too_large);
}
