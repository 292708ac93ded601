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

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % kGroup != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / kGroup * kBytes);
  for (std::size_t i = 0; i < text.size(); i += kGroup) {
    std::uint32_t bits = 0;
    for (const char c : text.substr(i, kGroup)) {
      const std::size_t digit = kAlphabet.find(c);
      bits = bits << 6 | (digit == std::string_view::npos ? 0 : static_cast<std::uint32_t>(digit));
    }
    for (const int shift : {16, 8, 0})
      bytes += static_cast<char>(bits >> shift & 255);
  }
  const std::size_t padding = text.size() - text.substr(0, text.find_last_not_of('=') + 1).size();
  if (padding >= kBytes) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  // Foreign characters, bits behind the end: there is one spelling only.
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (to_base64(data, bytes.size()) != text) return std::nullopt;
  return bytes;
}

}  // namespace stage3
