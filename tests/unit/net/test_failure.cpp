#include "net/failure.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace stage3;
using net::explain;

TEST_CASE("a failed connect is told by the system's reason") {
  CHECK(explain(CURLE_COULDNT_CONNECT, ECONNREFUSED).cause == Cause::refused);
  CHECK(explain(CURLE_COULDNT_CONNECT, ECONNRESET).cause == Cause::reset);
  CHECK(explain(CURLE_COULDNT_CONNECT, ETIMEDOUT).cause == Cause::timeout);
  CHECK(explain(CURLE_COULDNT_CONNECT, EHOSTUNREACH).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, EHOSTUNREACH).detail == "no route to host");
  CHECK(explain(CURLE_COULDNT_CONNECT, ENETUNREACH).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, EHOSTDOWN).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, EHOSTDOWN).detail == "host is down");
  CHECK(explain(CURLE_COULDNT_CONNECT, 0).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, 0).detail == "cannot connect");
  CHECK(explain(CURLE_COULDNT_CONNECT, EADDRNOTAVAIL).cause == Cause::local);
  CHECK(explain(CURLE_COULDNT_CONNECT, EADDRNOTAVAIL).detail != "");
}

TEST_CASE("what becomes of an open connection") {
  CHECK(explain(CURLE_OPERATION_TIMEDOUT, 0).cause == Cause::timeout);
  CHECK(explain(CURLE_GOT_NOTHING, 0).cause == Cause::closed);
  CHECK(explain(CURLE_PARTIAL_FILE, 0).cause == Cause::closed);
  CHECK(explain(CURLE_RECV_ERROR, ECONNRESET).cause == Cause::reset);
  CHECK(explain(CURLE_SEND_ERROR, EPIPE).cause == Cause::reset);
  CHECK(explain(CURLE_RECV_ERROR, ETIMEDOUT).cause == Cause::timeout);
  CHECK(explain(CURLE_RECV_ERROR, 0).cause == Cause::malformed);
}

TEST_CASE("what is not HTTP is malformed") {
  CHECK(explain(CURLE_UNSUPPORTED_PROTOCOL, 0).cause == Cause::malformed);
  CHECK(explain(CURLE_WEIRD_SERVER_REPLY, 0).cause == Cause::malformed);
  CHECK(explain(CURLE_BAD_CONTENT_ENCODING, 0).cause == Cause::malformed);
  CHECK(explain(CURLE_FILESIZE_EXCEEDED, 0).cause == Cause::malformed);
}

TEST_CASE("libcurl's word for endless headers") {
  CHECK(explain(CURLE_OUT_OF_MEMORY, 0).cause == Cause::too_large);
}
