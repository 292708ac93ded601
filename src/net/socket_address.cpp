#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace stage3::net {

socklen_t to_sockaddr(const Address& address, std::uint16_t port, sockaddr_storage& out) noexcept {
  out = {};
  if (address.is_v6()) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
    return sizeof v6;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  std::memcpy(&v4.sin_addr, address.bytes().data(), sizeof v4.sin_addr);
  return sizeof v4;
}

Address to_address(const sockaddr_storage& from) noexcept {
  if (from.ss_family == AF_INET6)
    return Address::from_bytes_v6(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr.s6_addr);
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, bytes.size());
  return Address::from_bytes_v4(bytes.data());
}

}  // namespace stage3::net
