#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stage3 {

/// The SHA-256 of a public key (the DER of its SubjectPublicKeyInfo): what tells a device that is
/// reached by TLS from whoever stands in its place.
class KeyHash {
 public:
  using Bytes = std::array<std::uint8_t, 32>;

  KeyHash() = default;
  explicit KeyHash(const Bytes& bytes) noexcept : bytes_(bytes) {}

  /// `sha256//` and 44 characters of base64, as libcurl's CURLOPT_PINNEDPUBLICKEY has it. Nothing
  /// else.
  static std::optional<KeyHash> parse(std::string_view text) noexcept;
  std::string to_string() const;

  const Bytes& bytes() const noexcept { return bytes_; }

  friend bool operator==(const KeyHash& a, const KeyHash& b) noexcept {
    return a.bytes_ == b.bytes_;
  }
  friend bool operator!=(const KeyHash& a, const KeyHash& b) noexcept { return !(a == b); }

 private:
  Bytes bytes_{};
};

/// Where a device speaks TLS, and the key that it has: enough to know it again.
struct TlsPin {
  std::uint16_t port = 443;
  KeyHash key;

  friend bool operator==(const TlsPin& a, const TlsPin& b) noexcept {
    return a.port == b.port && a.key == b.key;
  }
};

/// What a device's certificate says of today.
enum class CertificateTime : std::uint8_t {
  valid,
  expired,
  not_yet_valid,
  undated  ///< it has no dates that can be read
};

/// "valid", "expired", "not yet valid", "without readable dates".
const char* to_string(CertificateTime) noexcept;

}  // namespace stage3
