#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rpc/challenge.hpp"

namespace stage3::rpc {

/// The login of user `admin` at one device: SHA-256 digest with qop=auth (RFC 7616). Keeps the hash
/// of the password for this realm, not the password.
class DigestLogin {
 public:
  /// `cnonce`: the client's part of what is hashed; hex digits that no device can foresee.
  DigestLogin(const Challenge& challenge, std::string_view password, std::string cnonce);

  /// Uses the nonce of another challenge, for the same realm, from now on.
  void renew(const Challenge& challenge);
  /// Whether the challenge has the nonce that is in use.
  bool has_nonce(const Challenge& challenge) const;

  /// The value of the Authorization field of the next request. Each has the next `nc` of its
  /// nonce, the first 00000001: devices refuse any other order.
  std::string authorize(std::string_view method, std::string_view target);

 private:
  /// H(user:realm:password).
  std::string secret_hash_;
  std::string cnonce_;
  Challenge challenge_;
  std::uint32_t count_ = 0;
};

}  // namespace stage3::rpc
