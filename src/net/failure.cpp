#include "net/failure.hpp"

#include <cerrno>
#include <system_error>

namespace stage3::net {

namespace {

NetworkFailure explain_connect(int os_error) {
  switch (os_error) {
    case ECONNREFUSED:
      return {Cause::refused, {}};
    case ECONNRESET:
      return {Cause::reset, {}};
    case ETIMEDOUT:
      return {Cause::timeout, {}};
    case EHOSTUNREACH:
      return {Cause::unreachable, "no route to host"};
    case ENETUNREACH:
      return {Cause::unreachable, "network is unreachable"};
    case EHOSTDOWN:
      return {Cause::unreachable, "host is down"};
    case ENETDOWN:
    case ENONET:
      return {Cause::unreachable, "network is down"};
    case EINVAL:
      // A route of the type blackhole, or a link-local IPv6 address, which needs an interface.
      return {Cause::unreachable, "no usable route"};
    case EACCES:
      return {Cause::unreachable, "prohibited by a route or firewall"};
    case EPERM:
      // What confines this program (a sandbox, a container's rules) does not speak of the device.
      return {Cause::local, "this program may not connect there"};
    case EADDRNOTAVAIL:
      return {Cause::local, "no local address or port to connect from"};
    case 0:
      return {Cause::unreachable, "cannot connect"};
    default:
      return {Cause::local, std::generic_category().message(os_error)};
  }
}

/// libcurl begins with X509_V_ERR_UNSPECIFIED.
bool is_against(long verdict) {
  constexpr long kUnspecified = 1;
  return verdict != 0 && verdict != kUnspecified;
}

/// OpenSSL's numbers (X509_V_ERR_...), which libcurl hands on.
const char* explain_verdict(long verdict) {
  constexpr long kNotYetValid = 9;
  constexpr long kExpired = 10;
  constexpr long kBadNotBefore = 13;
  constexpr long kBadNotAfter = 14;
  if (verdict == kNotYetValid) return "TLS certificate is not yet valid";
  if (verdict == kExpired) return "TLS certificate has expired";
  if (verdict == kBadNotBefore || verdict == kBadNotAfter)
    return "TLS certificate is without readable dates";
  return "";
}

}  // namespace

NetworkFailure explain(CURLcode code, int os_error) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return explain_connect(os_error);
    case CURLE_OPERATION_TIMEDOUT:
      return {Cause::timeout, {}};
    case CURLE_GOT_NOTHING:
      return {Cause::closed, "closed without an answer"};
    case CURLE_PARTIAL_FILE:
      return {Cause::closed, "answer cut short"};
    case CURLE_SEND_ERROR:
      return {os_error == ETIMEDOUT ? Cause::timeout : Cause::reset, {}};
    case CURLE_RECV_ERROR:
      // libcurl's word for broken chunks as well.
      if (os_error == 0) return {Cause::malformed, {}};
      return {os_error == ETIMEDOUT ? Cause::timeout : Cause::reset, {}};
    case CURLE_OUT_OF_MEMORY:
      // libcurl's word for a header line beyond its own limit of 100 KB as well.
      return {Cause::too_large, "headers too large"};
    default:
      // Its words for all that is no HTTP; what they say is of no use to whoever runs a fleet.
      return {Cause::malformed, {}};
  }
}

NetworkFailure explain_tls(CURLcode code, const TlsFacts& facts) {
  switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {Cause::tls_key, {}};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      // libcurl's word, too, for a device that says so of a certificate of ours: it has none.
      if (!is_against(facts.verdict))
        return {Cause::tls, "TLS refused by the device: certificate expired"};
      return {Cause::tls_untrusted, explain_verdict(facts.verdict)};
    case CURLE_SSL_CLIENTCERT:
      return {Cause::tls, "TLS refused by the device: it wants a client certificate"};
    case CURLE_SSL_CONNECT_ERROR:
      // Whether a reset comes before or after our first message is a matter of luck.
      if (!facts.has_received) return {Cause::reset, {}};
      return {Cause::tls, {}};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {Cause::tls, {}};
    case CURLE_SSL_CACERT_BADFILE:
      return {Cause::local, "the certificates of network.tls_ca cannot be used"};
    case CURLE_OPERATION_TIMEDOUT:
      if (!facts.is_secured && facts.has_connected)
        return {Cause::timeout, "TLS handshake timeout"};
      break;
    case CURLE_RECV_ERROR:
      // An end without TLS's own, too, which small devices leave out.
      if (facts.os_error == 0) return {Cause::closed, "answer cut short"};
      break;
    default:
      break;
  }
  return explain(code, facts.os_error);
}

}  // namespace stage3::net
