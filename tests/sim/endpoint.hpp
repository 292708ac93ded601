#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

struct sockaddr;

namespace sim {

/// Where a device listens: an address in 127/8 or the IPv6 loopback, and a port.
struct Endpoint {
  std::uint32_t ipv4 = 0;  ///< host byte order; 0 stands for ::1
  std::uint16_t port = 0;

  bool is_ipv6() const { return ipv4 == 0; }
  bool operator==(const Endpoint& other) const { return ipv4 == other.ipv4 && port == other.port; }
};

/// "127.1.0.1" or "::1", without the port.
std::string address_text(const Endpoint& endpoint);

/// "127.1.0.1:8080" or "[::1]:8080".
std::string endpoint_text(const Endpoint& endpoint);

/// Reads an address of 127/8 or "::1" (result 0); nothing for any other text.
std::optional<std::uint32_t> parse_loopback(const std::string& text);

/// The loopback endpoint in `address`; nothing when it is not a loopback address.
std::optional<Endpoint> loopback_endpoint(const sockaddr& address);

}  // namespace sim

template <>
struct std::hash<sim::Endpoint> {
  std::size_t operator()(const sim::Endpoint& endpoint) const noexcept {
    return std::hash<std::uint64_t>()((std::uint64_t{endpoint.ipv4} << 16) | endpoint.port);
  }
};
