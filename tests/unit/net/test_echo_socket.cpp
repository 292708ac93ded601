#include "net/echo_socket.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <cstdio>
#include <optional>

#include "../patience.hpp"

using namespace stage3;
using net::Echo;
using net::EchoSocket;

namespace {

/// The next one that is the socket's own: a raw one is woken by everybody's.
std::optional<Echo> next_echo(EchoSocket& socket) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    pollfd polled{socket.fd(), POLLIN, 0};
    if (poll(&polled, 1, 1000) != 1) continue;
    if (auto echo = socket.receive()) return echo;
  }
  return std::nullopt;
}

void check_echo(EchoSocket::Family family, const char* host) {
  EchoSocket socket = EchoSocket::open(family);
  const Address address = *Address::parse(host);
  if (!socket.is_open() || !socket.send(address, 4711, 0x0123456789abcdef)) {
    std::printf("SKIPPED: this process may not send ICMP echoes to %s\n", host);
    return;
  }
  const auto echo = next_echo(socket);
  REQUIRE(echo);
  CHECK(echo->from.bytes() == address.bytes());
  CHECK(echo->from.is_v6() == address.is_v6());
  CHECK(echo->sequence == 4711);
  CHECK(echo->cookie == 0x0123456789abcdef);
  CHECK_FALSE(socket.receive());
}

}  // namespace

TEST_CASE("an echo over IPv4 brings sequence and cookie back") {
  check_echo(EchoSocket::Family::v4, "127.0.0.1");
}

TEST_CASE("an echo over IPv6 brings sequence and cookie back") {
  check_echo(EchoSocket::Family::v6, "::1");
}

TEST_CASE("one socket does not see another's echoes") {
  EchoSocket mine = EchoSocket::open(EchoSocket::Family::v4);
  EchoSocket other = EchoSocket::open(EchoSocket::Family::v4);
  if (!mine.is_open() || !other.is_open() || !other.send(*Address::parse("127.0.0.1"), 1, 1)) {
    std::puts("SKIPPED: this process may not send ICMP echoes to 127.0.0.1");
    return;
  }
  CHECK(next_echo(other));
  CHECK_FALSE(mine.receive());
}

TEST_CASE("a socket that is not open sends and receives nothing") {
  EchoSocket closed;
  CHECK_FALSE(closed.is_open());
  CHECK_FALSE(closed.send(*Address::parse("127.0.0.1"), 1, 1));
  CHECK_FALSE(closed.receive());
}
