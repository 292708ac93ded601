#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace sim {

std::string address_text(const Endpoint& endpoint) {
  if (endpoint.is_ipv6()) return "::1";
  const in_addr address{htonl(endpoint.ipv4)};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

std::string endpoint_text(const Endpoint& endpoint) {
  const std::string address = address_text(endpoint);
  const std::string port = std::to_string(endpoint.port);
  return endpoint.is_ipv6() ? "[" + address + "]:" + port : address + ":" + port;
}

std::optional<std::uint32_t> parse_loopback(const std::string& text) {
  if (text == "::1") return 0U;
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  const std::uint32_t ipv4 = ntohl(address.s_addr);
  if (ipv4 >> 24 != 127) return std::nullopt;
  return ipv4;
}

std::optional<Endpoint> loopback_endpoint(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    const std::uint32_t ipv4 = ntohl(in.sin_addr.s_addr);
    if (ipv4 >> 24 != 127) return std::nullopt;
    return Endpoint{ipv4, ntohs(in.sin_port)};
  }
  if (address.sa_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    if (!IN6_IS_ADDR_LOOPBACK(&in.sin6_addr)) return std::nullopt;
    return Endpoint{0, ntohs(in.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace sim
