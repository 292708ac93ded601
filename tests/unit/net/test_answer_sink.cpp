#include "net/answer_sink.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

using namespace stage3;
using net::AnswerSink;

namespace {

constexpr const char* kChallenge =
    "WWW-Authenticate: Digest qop=\"auth\", realm=\"shelly1\", nonce=\"1\", algorithm=SHA-256\r\n";
constexpr const char* kStale =
    "www-authenticate:Digest qop=\"auth\", realm=\"shelly1\", nonce=\"2\", algorithm=SHA-256, "
    "stale=true\r\n";

const std::optional<Login> kLogin = Login{"shelly1", "secret", false};
const std::optional<Login> kNoLogin;

/// Feeds an answer's header lines and the empty one behind them; false: stopped.
bool take(AnswerSink& sink, std::initializer_list<std::string> lines) {
  for (const std::string& line : lines)
    if (!sink.take_header(line)) return false;
  return sink.take_header("\r\n");
}

}  // namespace

TEST_CASE("an answer is collected") {
  AnswerSink sink;
  sink.begin(kNoLogin, false);
  CHECK(sink.status() == 0);
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n"}));
  CHECK(sink.take_body("nu"));
  CHECK(sink.take_body("ll"));
  CHECK(sink.status() == 200);
  CHECK(sink.body() == "null");
  CHECK_FALSE(sink.login_sent());
  CHECK_FALSE(sink.too_large());
  sink.begin(kNoLogin, false);
  CHECK(sink.status() == 0);
  CHECK(sink.body() == "");
}

TEST_CASE("another field of the same length is no challenge") {
  AnswerSink sink;
  sink.begin(kLogin, false);
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n", "XYZ-Authenticate: Digest realm=\"other\"\r\n"}));
  CHECK(sink.status() == 200);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", "XYZ-Authenticate: Digest realm=\"other\"\r\n",
                    kChallenge}));
  CHECK(sink.login_sent());
}

TEST_CASE("status lines are read whatever they look like") {
  const auto status = [](const char* line) {
    AnswerSink sink;
    sink.begin(kNoLogin, false);
    CHECK(sink.take_header(line));
    return sink.status();
  };
  CHECK(status("HTTP/1.1 404 Not Found\r\n") == 404);
  CHECK(status("HTTP/1.0 500\r\n") == 500);
  CHECK(status("HTTP/1.1 99999\r\n") == 999);
  CHECK(status("HTTP/1.1 x4y Odd\r\n") == 4);
  CHECK(status("HTTP/1.1\r\n") == 0);
  CHECK(status("HTTP/1.1 ") == 0);
  CHECK(status("HTTP/") == 0);
}

TEST_CASE("the last of several answers counts, with a body of its own") {
  AnswerSink sink;
  sink.begin(kLogin, false);
  CHECK(take(sink, {"HTTP/1.1 100 Continue\r\n"}));
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge}));
  CHECK(sink.take_body("Unauthorized"));
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n"}));
  CHECK(sink.take_body("{}"));
  CHECK(sink.status() == 200);
  CHECK(sink.body() == "{}");
}

TEST_CASE("body and headers are bounded") {
  AnswerSink sink;
  sink.begin(kNoLogin, false);
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n"}));
  CHECK(sink.take_body(std::string(AnswerSink::kMaxBody, 'x')));
  CHECK_FALSE(sink.too_large());
  CHECK_FALSE(sink.take_body("x"));
  CHECK(sink.too_large());
  CHECK(sink.body().size() == AnswerSink::kMaxBody);

  sink.begin(kNoLogin, false);
  CHECK_FALSE(sink.too_large());
  CHECK(sink.take_header(std::string(AnswerSink::kMaxHeaders, 'x')));
  CHECK_FALSE(sink.take_header("\r\n"));
  CHECK(sink.too_large());

  // A flood of interim answers is one call's headers.
  sink.begin(kNoLogin, false);
  int taken = 0;
  while (sink.take_header("HTTP/1.1 100 Continue\r\n"))
    REQUIRE(++taken < 10000);
  CHECK(sink.too_large());
}

TEST_CASE("without a login a 401 is an answer like any other") {
  AnswerSink sink;
  sink.begin(kNoLogin, false);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge}));
  CHECK_FALSE(sink.login_sent());
  CHECK_FALSE(sink.stopped_at_challenge());
  CHECK_FALSE(sink.holds_nonce());
  CHECK(sink.declined() == "");
}

TEST_CASE("a good challenge may be answered once") {
  AnswerSink sink;
  sink.begin(kLogin, false);
  CHECK_FALSE(sink.login_sent());
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge}));
  CHECK(sink.login_sent());
  CHECK(sink.holds_nonce());
  CHECK(sink.answered_challenge());
  CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge}));
  CHECK(sink.stopped_at_challenge());
  CHECK_FALSE(sink.answered_challenge());
  CHECK(sink.login_sent());
  CHECK(sink.declined() == "");
  CHECK(sink.status() == 401);
}

TEST_CASE("a call that begins with a login is not answered again") {
  AnswerSink sink;
  sink.begin(kLogin, true);
  CHECK(sink.login_sent());
  CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge}));
  CHECK(sink.stopped_at_challenge());
}

TEST_CASE("a stale nonce is renewed once") {
  AnswerSink sink;
  sink.begin(kLogin, true);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kStale}));
  CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kStale}));
  CHECK(sink.stopped_at_challenge());

  // The first challenge is none of the renewals.
  sink.begin(kLogin, false);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kStale}));
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kStale}));
  CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kStale}));
}

TEST_CASE("a stale challenge that may not be answered is a refusal") {
  AnswerSink sink;
  sink.begin(kLogin, true);
  CHECK_FALSE(take(
      sink,
      {"HTTP/1.1 401 Unauthorized\r\n",
       "WWW-Authenticate: Digest qop=\"auth\", realm=\"shelly1\", nonce=\"2\", stale=true\r\n"}));
  CHECK(sink.login_sent());
  CHECK(sink.declined() == "");
}

TEST_CASE("a bad challenge is declined, and the login stays here") {
  for (const char* line :
       {"WWW-Authenticate: Basic realm=\"shelly1\"\r\n", "WWW-Authenticate: NTLM\r\n",
        "WWW-Authenticate: Digest qop=\"auth\", realm=\"shelly1\", nonce=\"1\", algorithm=MD5\r\n",
        "WWW-Authenticate: Digest qop=\"auth\", realm=\"other\", nonce=\"1\", "
        "algorithm=SHA-256\r\n",
        "X: y\r\n"}) {
    CAPTURE(line);
    AnswerSink sink;
    sink.begin(kLogin, false);
    CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", line}));
    CHECK(sink.stopped_at_challenge());
    CHECK_FALSE(sink.login_sent());
    CHECK(sink.declined() != "");
  }
}

TEST_CASE("all challenge fields of an answer are looked at") {
  AnswerSink sink;
  sink.begin(kLogin, false);
  CHECK_FALSE(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", kChallenge, kChallenge}));
  CHECK(sink.declined() == "more than one digest challenge");
  sink.begin(kLogin, false);
  CHECK(take(sink, {"HTTP/1.1 401 Unauthorized\r\n", "WWW-Authenticate: Basic realm=\"x\"\r\n",
                    kChallenge}));
}

TEST_CASE("a challenge counts in a 401 only") {
  AnswerSink sink;
  sink.begin(kLogin, false);
  CHECK(take(sink, {"HTTP/1.1 200 OK\r\n", "WWW-Authenticate: Basic realm=\"x\"\r\n"}));
  CHECK_FALSE(sink.login_sent());
  CHECK(sink.declined() == "");
  CHECK(take(sink, {"HTTP/1.1 407 Proxy\r\n", "WWW-Authenticate: Basic realm=\"x\"\r\n"}));
  CHECK_FALSE(sink.login_sent());
}
