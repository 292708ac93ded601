#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stage3 {

/// With the padding (RFC 4648, 4).
std::string to_base64(const std::uint8_t* bytes, std::size_t size);

/// The room that the bytes of a text of this size need, padding included.
constexpr std::size_t room_for_base64(std::size_t text_size) {
  return text_size / 4 * 3;
}

/// The bytes that `text` stands for; none: it is not what to_base64() would have made of them.
std::optional<std::string> from_base64(std::string_view text);
/// The same into `bytes`, which has room_for_base64(); returns how many they are. Allocates
/// nothing.
std::optional<std::size_t> from_base64(std::string_view text, std::uint8_t* bytes) noexcept;

}  // namespace stage3
