#include "net/echo_socket.hpp"

// First: with musl, the kernel's headers leave out only what they know to be there already.
#include <netinet/in.h>

#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/socket_address.hpp"

namespace stage3::net {

namespace {

// The same header for both families: type, code, checksum, identifier, sequence; then our payload.
struct Packet {
  std::uint8_t type;
  std::uint8_t code;
  std::uint16_t checksum;
  std::uint16_t id;
  std::uint16_t sequence;
  std::uint64_t cookie;
};
static_assert(sizeof(Packet) == 16);

// The kernel's defaults keep a quarter of the answers to a burst of a thousand, and echoes to
// silent hosts fill them.
constexpr int kBufferBytes = 1 << 20;

/// So many packets that are no echo replies to us are passed over at a time.
constexpr int kMaxStrangers = 32;

std::uint16_t checksum(const Packet& packet) {
  std::array<std::uint16_t, sizeof(Packet) / 2> words;
  std::memcpy(words.data(), &packet, sizeof packet);
  std::uint32_t sum = 0;
  for (const std::uint16_t word : words)
    sum += word;
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// A raw socket sees every ICMP packet of the host: let only echo replies through to this process.
void filter(int fd, EchoSocket::Family family) {
  if (family == EchoSocket::Family::v4) {
    icmp_filter only{};
    only.data = ~(1u << ICMP_ECHOREPLY);
    setsockopt(fd, SOL_RAW, ICMP_FILTER, &only, sizeof only);
    return;
  }
  icmp6_filter only;
  ICMP6_FILTER_SETBLOCKALL(&only);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
  setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
}

/// And of the echo replies only those with our identifier.
void filter_id(int fd, EchoSocket::Family family, std::uint16_t id) {
  // Offset of the identifier: on IPv4 a raw socket's packet begins with the IP header, whose length
  // X takes.
  sock_filter v4[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, offsetof(Packet, id)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_filter v6[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(Packet, id)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program{};
  program.len =
      static_cast<unsigned short>(family == EchoSocket::Family::v4 ? std::size(v4) : std::size(v6));
  program.filter = family == EchoSocket::Family::v4 ? v4 : v6;
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

}  // namespace

EchoSocket EchoSocket::open(Family family) {
  EchoSocket out;
  if (!out.open_kind(family, SOCK_DGRAM)) out.open_kind(family, SOCK_RAW);
  return out;
}

bool EchoSocket::open_kind(Family family, int kind) {
  const bool v4 = family == Family::v4;
  fd_.reset(socket(v4 ? AF_INET : AF_INET6, kind | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  if (!fd_) return false;
  family_ = family;
  raw_ = kind == SOCK_RAW;
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof kBufferBytes);
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
  if (raw_) {
    if (getrandom(&id_, sizeof id_, 0) != sizeof id_) id_ = static_cast<std::uint16_t>(fd_.get());
    filter(fd_.get(), family);
    filter_id(fd_.get(), family, id_);
  }
  return true;
}

bool EchoSocket::send(const Address& to, std::uint16_t sequence, std::uint64_t cookie) noexcept {
  Packet packet{};
  packet.type = family_ == Family::v4 ? static_cast<std::uint8_t>(ICMP_ECHO)
                                      : std::uint8_t{ICMP6_ECHO_REQUEST};
  packet.id = htons(id_);
  packet.sequence = htons(sequence);
  packet.cookie = cookie;
  if (family_ == Family::v4) packet.checksum = checksum(packet);
  sockaddr_storage address;
  const socklen_t length = to_sockaddr(to, 0, address);
  const auto sent = sendto(fd_.get(), &packet, sizeof packet, MSG_NOSIGNAL,
                           reinterpret_cast<sockaddr*>(&address), length);
  return sent == static_cast<ssize_t>(sizeof packet);
}

std::optional<Echo> EchoSocket::receive() noexcept {
  std::array<std::uint8_t, 256> data;
  for (int read_in_vain = 0; read_in_vain < kMaxStrangers; ++read_in_vain) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const auto size = recvfrom(fd_.get(), data.data(), data.size(), 0,
                               reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (const auto echo = read(data.data(), static_cast<std::size_t>(size), from)) return echo;
  }
  return std::nullopt;
}

std::optional<Echo> EchoSocket::read(const std::uint8_t* data, std::size_t size,
                                     const sockaddr_storage& from) const noexcept {
  if (raw_ && family_ == Family::v4) {
    if (size < sizeof(iphdr)) return std::nullopt;
    const std::size_t header = (data[0] & 15u) * 4u;
    if (size < header) return std::nullopt;
    data += header;
    size -= header;
  }
  if (size != sizeof(Packet)) return std::nullopt;
  Packet packet;
  std::memcpy(&packet, data, sizeof packet);
  const std::uint8_t reply = family_ == Family::v4 ? static_cast<std::uint8_t>(ICMP_ECHOREPLY)
                                                   : std::uint8_t{ICMP6_ECHO_REPLY};
  if (packet.type != reply || (raw_ && packet.id != htons(id_))) return std::nullopt;
  return Echo{to_address(from), ntohs(packet.sequence), packet.cookie};
}

}  // namespace stage3::net
