#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace stage3 {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of `data` (FIPS 180-4).
Sha256Digest sha256(std::string_view data) noexcept;

/// The same as 64 lower-case hex digits.
std::string sha256_hex(std::string_view data);

}  // namespace stage3
