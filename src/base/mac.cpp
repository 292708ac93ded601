#include <stage3/address.hpp>

namespace stage3 {
namespace {

/// 0..15, or -1 for anything that is not a hex digit; knows no locale.
int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Mac> Mac::parse(std::string_view text) noexcept {
  constexpr std::size_t kBareLength = 12;
  constexpr std::size_t kSeparatedLength = 17;
  if (text.size() != kBareLength && text.size() != kSeparatedLength) return std::nullopt;

  const bool separated = text.size() == kSeparatedLength;
  const char separator = separated ? text[2] : '\0';
  if (separated && separator != ':' && separator != '-') return std::nullopt;

  Mac mac;
  std::size_t at = 0;
  for (std::uint8_t& byte : mac.bytes_) {
    if (separated && at != 0 && text[at++] != separator) return std::nullopt;
    const int high = hex_digit(text[at++]);
    const int low = hex_digit(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high * 16 + low);
  }
  return mac;
}

std::string Mac::to_string() const {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(2 * bytes_.size());
  for (const std::uint8_t byte : bytes_) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

}  // namespace stage3
