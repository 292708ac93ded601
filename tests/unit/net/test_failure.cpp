#include "net/failure.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

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
}

TEST_CASE("a route that leads nowhere is no fault of this machine") {
  // What the kernel says of routes of type blackhole and prohibit, of a link-local IPv6 address
  // without its interface, and of an interface that is down.
  CHECK(explain(CURLE_COULDNT_CONNECT, EINVAL).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, EINVAL).detail == "no usable route");
  CHECK(explain(CURLE_COULDNT_CONNECT, EACCES).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, EACCES).detail == "prohibited by a route or firewall");
  CHECK(explain(CURLE_COULDNT_CONNECT, ENETDOWN).cause == Cause::unreachable);
  CHECK(explain(CURLE_COULDNT_CONNECT, ENETDOWN).detail == "network is down");
  CHECK(explain(CURLE_COULDNT_CONNECT, ENONET).cause == Cause::unreachable);
}

TEST_CASE("what this machine lacks or forbids is not the device's fault, nor its absence") {
  CHECK(explain(CURLE_COULDNT_CONNECT, EADDRNOTAVAIL).cause == Cause::local);
  CHECK(explain(CURLE_COULDNT_CONNECT, EADDRNOTAVAIL).detail ==
        "no local address or port to connect from");
  CHECK(explain(CURLE_COULDNT_CONNECT, EPERM).cause == Cause::local);
  CHECK(explain(CURLE_COULDNT_CONNECT, EPERM).detail == "this program may not connect there");
  CHECK(explain(CURLE_COULDNT_CONNECT, ENOBUFS).cause == Cause::local);
  CHECK(explain(CURLE_COULDNT_CONNECT, ENOBUFS).detail != "");
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
  CHECK(explain(CURLE_BAD_FUNCTION_ARGUMENT, 0).cause == Cause::malformed);
}

TEST_CASE("libcurl's word for endless headers") {
  CHECK(explain(CURLE_OUT_OF_MEMORY, 0).cause == Cause::too_large);
}

TEST_CASE("whose fault a handshake was") {
  net::TlsFacts facts;
  facts.has_connected = facts.has_received = true;
  CHECK(net::explain_tls(CURLE_SSL_CONNECT_ERROR, facts).cause == Cause::tls);
  // A fatal alert by the device: certificate_expired, certificate_required.
  for (const long nothing : {0, 1}) {
    facts.verdict = nothing;
    const auto expired = net::explain_tls(CURLE_PEER_FAILED_VERIFICATION, facts);
    CHECK(expired.cause == Cause::tls);
    CHECK(expired.detail == "TLS refused by the device: certificate expired");
  }
  const auto required = net::explain_tls(CURLE_SSL_CLIENTCERT, facts);
  CHECK(required.cause == Cause::tls);
  CHECK(required.detail == "TLS refused by the device: it wants a client certificate");
  struct Case {
    long verdict;
    std::string detail;
  };
  for (const auto& row : {Case{18, ""}, Case{20, ""}, Case{9, "TLS certificate is not yet valid"},
                          Case{10, "TLS certificate has expired"},
                          Case{13, "TLS certificate is without readable dates"},
                          Case{14, "TLS certificate is without readable dates"}}) {
    const auto& [verdict, detail] = row;
    facts.verdict = verdict;
    CAPTURE(row.verdict);
    const auto failure = net::explain_tls(CURLE_PEER_FAILED_VERIFICATION, facts);
    CHECK(failure.cause == Cause::tls_untrusted);
    CHECK(failure.detail == detail);
  }
}
