#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stage3 {

/// What explain_address() says of a host name.
inline constexpr std::string_view kIsHostName =
    "is a host name, not an address: names are not resolved";

/// 1..65535 in plain digits. A leading zero is refused: some would read it as octal.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

/// An IP address in network order; IPv4 in the first four bytes.
struct IpBytes {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
};

/// A literal without a port or brackets, be it one that no device has. IPv4 within IPv6
/// (::ffff:a.b.c.d) is IPv4.
std::optional<IpBytes> parse_ip(std::string_view text) noexcept;

}  // namespace stage3
