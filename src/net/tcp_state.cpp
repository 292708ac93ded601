#include "net/tcp_state.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

namespace stage3::net {

namespace {

/// TCP_SYN_SENT of the C library's <netinet/tcp.h>, which cannot stand beside the kernel's.
constexpr std::uint8_t kSynSent = 2;

/// What the kernel knows of a connection; none: it does not say.
std::optional<tcp_info> read_tcp_info(int socket) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return info;
}

}  // namespace

std::uint64_t count_received(int socket) noexcept {
  const auto info = read_tcp_info(socket);
  return info ? info->tcpi_bytes_received : 0;
}

bool has_connected(int socket) noexcept {
  const auto info = read_tcp_info(socket);
  return info && info->tcpi_state != kSynSent;
}

}  // namespace stage3::net
