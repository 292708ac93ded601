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
/// The same for one by TLS.
NetworkFailure explain_tls(CURLcode code, int os_error);

}  // namespace stage3::net
