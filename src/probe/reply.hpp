#pragma once

#include <string>

#include <stage3/device_probe.hpp>

#include "rpc/answers.hpp"

/// What a Reply means, whatever the RPC.
namespace stage3::probe {

/// Why a reply is not the success it should be.
struct Failure {
  Cause cause;
  int http_status = 0;
  int rpc_code = 0;
  /// "connection refused", "HTTP 500 (-103 Invalid argument)".
  std::string words;
};

/// HTTP has the statuses 100 to 599; what has another in their place is no answer.
bool is_status(int status);

/// A whole answer with status 200 that is not an RPC error object.
bool succeeded(const Reply&);

/// What a reply to Sys.GetStatus says; nothing where it did not succeed or cannot be read.
rpc::SysStatus status_in(const Reply&);

/// Describes a reply that did not succeed.
Failure describe(const Reply&);

/// Nothing that speaks HTTP was there: refused, reset, closed, unreachable or silent before any
/// status line.
bool is_silence(const Reply&);

/// Failed in a way that may be gone a moment later: silence, a connection lost in mid-answer, a
/// TLS handshake that did not come about, or a 5xx that carries no RPC error (an RPC error is an
/// answer).
bool failed_in_passing(const Reply&);

}  // namespace stage3::probe
