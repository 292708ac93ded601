#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include <stage3/address.hpp>

#include "base/unique_fd.hpp"

namespace stage3::net {

/// What an ICMP echo carries: where from, which one, and a secret that only the asked host can
/// know.
struct Echo {
  /// Port without meaning.
  Address from;
  std::uint16_t sequence = 0;
  std::uint64_t cookie = 0;
};

/// ICMP echo for one address family, by whichever kind of socket this process may have.
class EchoSocket {
 public:
  enum class Family { v4, v6 };

  /// Tries a datagram ICMP socket (net.ipv4.ping_group_range), then a raw one (CAP_NET_RAW). Closed
  /// if neither may be.
  static EchoSocket open(Family family);

  bool is_open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }

  /// Sends one echo request. False: it could not be sent now, which says nothing about the host.
  bool send(const Address& to, std::uint16_t sequence, std::uint64_t cookie) noexcept;

  /// Takes echo replies until one is ours; none: no more for now.
  std::optional<Echo> receive() noexcept;

 private:
  bool open_kind(Family family, int kind);
  std::optional<Echo> read(const std::uint8_t* data, std::size_t size,
                           const sockaddr_storage& from) const noexcept;

  UniqueFd fd_;
  Family family_ = Family::v4;
  bool raw_ = false;
  /// Distinguishes our replies from other processes' on a raw socket.
  std::uint16_t id_ = 0;
};

}  // namespace stage3::net
