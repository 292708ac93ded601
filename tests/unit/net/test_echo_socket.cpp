#include "net/echo_socket.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <cstdio>

using namespace stage3;
using net::EchoSocket;

namespace {

void check_echo(EchoSocket::Family family, const char* host) {
  EchoSocket socket = EchoSocket::open(family);
  const Address address = *Address::parse(host);
  if (!socket.is_open() || !socket.send(address, 4711, 0x0123456789abcdef)) {
    std::printf("SKIPPED: this process may not send ICMP echoes to %s\n", host);
    return;
  }
  pollfd polled{socket.fd(), POLLIN, 0};
  REQUIRE(poll(&polled, 1, 2000) == 1);
  const auto echo = socket.receive();
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
  pollfd polled{other.fd(), POLLIN, 0};
  REQUIRE(poll(&polled, 1, 2000) == 1);
  CHECK_FALSE(mine.receive());
  CHECK(other.receive());
}

TEST_CASE("a socket that is not open sends and receives nothing") {
  EchoSocket closed;
  CHECK_FALSE(closed.is_open());
  CHECK_FALSE(closed.send(*Address::parse("127.0.0.1"), 1, 1));
  CHECK_FALSE(closed.receive());
}
