#pragma once

#include <curl/curl.h>

#include <string>

#include <stage3/result.hpp>

namespace stage3::net {

struct NetworkFailure {
  Cause cause;
  /// Empty: the cause says it all.
  std::string detail;
};

/// What a failed transfer means for the device. `os_error` is libcurl's CURLINFO_OS_ERRNO, 0 if
/// none.
NetworkFailure explain(CURLcode code, int os_error);
/// What else is known of a transfer by TLS.
struct TlsFacts {
  int os_error = 0;
  bool has_connected = false;
  /// A byte has come from the other side.
  bool has_received = false;
  /// The handshake came to its end.
  bool is_secured = false;
  /// OpenSSL's X509_V_... of the certificate's check, if that counts; 0, and 1 where libcurl has
  /// not asked for it: there is nothing against it.
  long verdict = 0;
};
/// The same for one by TLS.
NetworkFailure explain_tls(CURLcode code, const TlsFacts& facts);

}  // namespace stage3::net
