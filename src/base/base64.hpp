#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stage3 {

/// With the padding (RFC 4648, 4).
std::string to_base64(const std::uint8_t* bytes, std::size_t size);

/// The bytes that `text` stands for; none: it is not what to_base64() would have made of them.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace stage3
