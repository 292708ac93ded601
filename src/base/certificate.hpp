#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <stage3/tls.hpp>

namespace stage3 {

/// What of an X.509 certificate matters here. Its signature is not looked at: whoever has shown it
/// in a handshake has the key that is in it.
struct Certificate {
  KeyHash key;
  /// The first and the last second in which it is valid, since the epoch; where it cannot be read,
  /// the least and the greatest number.
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;

  CertificateTime time_at(std::int64_t now) const;
};

/// Reads the first certificate of a PEM text; none: there is none, or it is damaged.
std::optional<Certificate> read_certificate(std::string_view pem);

}  // namespace stage3
