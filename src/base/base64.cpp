#include "base/base64.hpp"

#include <algorithm>

namespace stage3 {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Four digits are three bytes.
constexpr std::size_t kBytes = 3;
constexpr std::size_t kGroup = 4;

}  // namespace

std::string to_base64(const std::uint8_t* bytes, std::size_t size) {
  std::string out((size + kBytes - 1) / kBytes * kGroup, '=');
  char* digit = out.data();
  for (std::size_t i = 0; i < size; i += kBytes, digit += kGroup) {
    const std::size_t left = std::min(size - i, kBytes);
    std::uint32_t bits = std::uint32_t{bytes[i]} << 16;
    if (left > 1) bits |= std::uint32_t{bytes[i + 1]} << 8;
    if (left > 2) bits |= bytes[i + 2];
    for (std::size_t k = 0; k <= left; ++k)
      digit[k] = kAlphabet[bits >> (18 - 6 * k) & 63];
  }
  return out;
}

std::optional<std::size_t> from_base64(std::string_view text, std::uint8_t* bytes) noexcept {
  if (text.size() % kGroup != 0) return std::nullopt;
  const std::size_t digits = text.find_last_not_of('=') + 1;
  if (text.size() - digits >= kBytes) return std::nullopt;
  std::size_t count = 0;
  std::uint32_t bits = 0;
  unsigned left = 0;
  for (const char c : text.substr(0, digits)) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    left += 6;
    if (left < 8) continue;
    left -= 8;
    bytes[count++] = static_cast<std::uint8_t>(bits >> left);
    bits &= (1U << left) - 1;
  }
  // Bits behind the end: there is one spelling only.
  if (bits != 0) return std::nullopt;
  return count;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(room_for_base64(text.size()), '\0');
  const auto count = from_base64(text, reinterpret_cast<std::uint8_t*>(bytes.data()));
  if (!count) return std::nullopt;
  bytes.resize(*count);
  return bytes;
}

}  // namespace stage3
