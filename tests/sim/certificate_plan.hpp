#pragma once

#include <cstddef>
#include <optional>

namespace sim {

enum class KeyKind { ec, rsa };

enum class Issuer {
  self,
  ca,       ///< the one that --write-ca writes
  factory,  ///< one that nobody outside knows
};

enum class Validity { valid, expired, not_yet_valid, undated };

/// The longest chain of certificates, the device's own one included.
inline constexpr std::size_t kMaxChain = 8;

struct CertificatePlan {
  KeyKind kind = KeyKind::ec;
  std::optional<bool> own_key;   ///< false: one of a few that devices share; nothing: EC only
  std::optional<Issuer> issuer;  ///< nothing: self, or factory for a chain
  std::size_t chain = 1;         ///< certificates sent, the device's own one included
  Validity validity = Validity::valid;
  std::size_t padding = 0;  ///< bytes of comment by which the device's own one is longer
};

}  // namespace sim
