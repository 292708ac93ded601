#include <stage3/tls.hpp>

#include <algorithm>

#include "base/base64.hpp"

namespace stage3 {
namespace {

constexpr std::string_view kHashPrefix = "sha256//";
constexpr std::size_t kHashDigits = 44;

}  // namespace

std::optional<KeyHash> KeyHash::parse(std::string_view text) noexcept {
  if (text.size() != kHashPrefix.size() + kHashDigits ||
      text.substr(0, kHashPrefix.size()) != kHashPrefix)
    return std::nullopt;
  std::array<std::uint8_t, room_for_base64(kHashDigits)> bytes{};
  KeyHash hash;
  if (from_base64(text.substr(kHashPrefix.size()), bytes.data()) != hash.bytes_.size())
    return std::nullopt;
  std::copy_n(bytes.begin(), hash.bytes_.size(), hash.bytes_.begin());
  return hash;
}

std::string KeyHash::to_string() const {
  return std::string(kHashPrefix) + to_base64(bytes_.data(), bytes_.size());
}

const char* to_string(CertificateTime time) noexcept {
  switch (time) {
    case CertificateTime::valid:
      return "valid";
    case CertificateTime::expired:
      return "expired";
    case CertificateTime::not_yet_valid:
      return "not yet valid";
    case CertificateTime::undated:
      return "without readable dates";
  }
  return "";
}

}  // namespace stage3
