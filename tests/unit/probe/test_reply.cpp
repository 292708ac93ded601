#include "probe/reply.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace stage3;
using namespace stage3::probe;

namespace {

Reply answer(int status, std::string_view body = {}) {
  Reply reply;
  reply.status = status;
  reply.body = body;
  return reply;
}

Reply failure(Cause cause, int status = 0, std::string_view detail = {}) {
  Reply reply;
  reply.status = status;
  reply.failure = cause;
  reply.detail = detail;
  return reply;
}

}  // namespace

TEST_CASE("only a whole 200 without an error object is a success") {
  CHECK(succeeded(answer(200, "{}")));
  CHECK(succeeded(answer(200, "null")));
  CHECK(succeeded(answer(200)));
  CHECK_FALSE(succeeded(answer(200, R"({"code":-103,"message":"x"})")));
  CHECK_FALSE(succeeded(answer(204)));
  CHECK_FALSE(succeeded(answer(0)));
  CHECK_FALSE(succeeded(failure(Cause::closed, 200)));
}

TEST_CASE("failures are described in a few words") {
  CHECK(describe(answer(500)).words == "HTTP 500");
  CHECK(describe(answer(500)).cause == Cause::http);
  const Failure rpc = describe(answer(500, R"({"code":-103,"message":"Invalid argument"})"));
  CHECK(rpc.words == "HTTP 500 (-103 Invalid argument)");
  CHECK(rpc.cause == Cause::rpc);
  CHECK(rpc.http_status == 500);
  CHECK(rpc.rpc_code == -103);
  CHECK(describe(failure(Cause::refused)).words == "connection refused");
  CHECK(describe(failure(Cause::unreachable, 0, "no route to host")).words == "no route to host");
  CHECK(describe(failure(Cause::too_large, 200)).words == "answer too large");
  CHECK(describe(failure(Cause::too_large, 200)).http_status == 200);
  CHECK(describe(failure(Cause::malformed)).words == "answer is not HTTP");
}

TEST_CASE("a status that HTTP does not have is no HTTP") {
  for (const int status : {0, 1, 40, 99, 600, 999, -1}) {
    CAPTURE(status);
    const Reply reply = answer(status, R"({"code":-103,"message":"x"})");
    CHECK(describe(reply).words == "answer is not HTTP");
    CHECK(describe(reply).cause == Cause::malformed);
    CHECK(describe(reply).http_status == 0);
    CHECK(describe(reply).rpc_code == 0);
    CHECK_FALSE(succeeded(reply));
    CHECK_FALSE(failed_in_passing(reply));
    CHECK_FALSE(is_silence(reply));
  }
  CHECK(describe(answer(100)).words == "HTTP 100");
  CHECK(describe(answer(599)).words == "HTTP 599");
}

TEST_CASE("silence is the lack of any HTTP") {
  for (const Cause cause :
       {Cause::refused, Cause::unreachable, Cause::reset, Cause::closed, Cause::timeout}) {
    CHECK(is_silence(failure(cause)));
    CHECK_FALSE(is_silence(failure(cause, 200)));
    CHECK(failed_in_passing(failure(cause)));
    CHECK(failed_in_passing(failure(cause, 200)));
  }
  for (const Cause cause : {Cause::malformed, Cause::too_large, Cause::local}) {
    CHECK_FALSE(is_silence(failure(cause)));
    CHECK_FALSE(failed_in_passing(failure(cause)));
  }
  CHECK_FALSE(is_silence(answer(200)));
}

TEST_CASE("a 5xx passes, unless it carries an RPC error") {
  CHECK(failed_in_passing(answer(500)));
  CHECK(failed_in_passing(answer(503, "<html>")));
  CHECK_FALSE(failed_in_passing(answer(500, R"({"code":-103})")));
  CHECK_FALSE(failed_in_passing(answer(404)));
  CHECK_FALSE(failed_in_passing(answer(429)));
  CHECK_FALSE(failed_in_passing(answer(200)));
}
