#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <stage3/tls.hpp>

namespace stage3 {

/// What of an X.509 certificate matters here. Its signature is not looked at: whoever has shown it
/// in a handshake has the key that is in it.
struct Certificate {
  KeyHash key;
  /// The first and the last second in which it is valid, since the epoch; none: it is no time that
  /// a certificate may have.
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> not_after;

  CertificateTime time_at(std::int64_t now) const;
};

/// Reads the first certificate of a PEM text; none: there is none, or it is damaged.
std::optional<Certificate> read_certificate(std::string_view pem);

/// One of the certificates in a PEM file that OpenSSL could not read, for which it would take none
/// of them.
struct DamagedCertificate {
  std::size_t number = 0;  ///< from 1
  std::size_t line = 0;    ///< in which it begins, or ends where it has no beginning; from 1
};
/// The first such one; none: all are whole. What is between them is nobody's business.
std::optional<DamagedCertificate> find_damaged_certificate(std::string_view pem);

}  // namespace stage3
