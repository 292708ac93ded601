#pragma once

#include <cstdint>
#include <string>

#include "certificate_plan.hpp"
#include "openssl_ptr.hpp"

namespace sim {

KeyPtr make_key(KeyKind kind);

/// "sha256//..." of the public key, as curl and the state file have it.
std::string pin_of(EVP_PKEY& key);

/// What a certificate says, and who signs it.
struct CertificateText {
  std::string subject;  ///< common name; no address: real ones have none
  std::string issuer;
  std::uint64_t serial = 1;
  bool is_authority = false;
  Validity validity = Validity::valid;
  std::size_t padding = 0;  ///< bytes of comment
};

CertificatePtr make_certificate(const CertificateText& text, EVP_PKEY& key, EVP_PKEY& issuer_key);

}  // namespace sim
