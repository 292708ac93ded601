#include "net/pinger.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <vector>

#include "../patience.hpp"

using namespace stage3;
using namespace std::chrono_literals;
using net::EchoSocket;
using net::Pinger;
using net::Poller;

namespace {

/// doctest knows no skipping at run time: told on a line of its own, which is counted.
bool is_skipped(EchoSocket::Family family, const char* host) {
  const EchoSocket socket = EchoSocket::open(family);
  if (socket.is_open()) {
    EchoSocket probe = EchoSocket::open(family);
    if (probe.send(*Address::parse(host), 1, 1)) return false;
    std::printf("SKIPPED: no echo can be sent to %s here\n", host);
    return true;
  }
  std::printf("SKIPPED: this process may not send ICMP echoes to %s\n", host);
  return true;
}

/// The owner of the next answer; nullptr if there is none for so long.
void* next_answered(Poller& poller, Pinger& pinger, Clock::duration patience = kPatience) {
  const auto end = Clock::now() + patience;
  while (Clock::now() < end) {
    Poller::Event events[Poller::kMaxEvents];
    const int count = poller.wait(100ms, events);
    for (int i = 0; i < count; ++i) {
      REQUIRE(pinger.owns(events[i].fd));
      if (void* const owner = pinger.next_answered(events[i].fd)) return owner;
    }
  }
  return nullptr;
}

void check_ping(EchoSocket::Family family, const char* host) {
  if (is_skipped(family, host)) return;
  Poller poller;
  Pinger pinger(poller);
  int first = 0;
  int second = 0;
  REQUIRE(pinger.ping(*Address::parse(host), &first));
  CHECK(next_answered(poller, pinger) == &first);
  REQUIRE(pinger.ping(*Address::parse(host), &second));
  CHECK(next_answered(poller, pinger) == &second);
}

}  // namespace

TEST_CASE("the loopback answers over IPv4") {
  check_ping(EchoSocket::Family::v4, "127.0.0.1");
}

TEST_CASE("the loopback answers over IPv6") {
  check_ping(EchoSocket::Family::v6, "::1");
}

TEST_CASE("many echoes at once come back to their owners") {
  if (is_skipped(EchoSocket::Family::v4, "127.0.0.1")) return;
  Poller poller;
  Pinger pinger(poller);
  constexpr std::size_t kHosts = 200;
  std::vector<bool> answered(kHosts, false);
  std::vector<std::size_t> owners(kHosts);
  for (std::size_t i = 0; i < kHosts; ++i) {
    const std::uint8_t bytes[4] = {127, 0, 1, static_cast<std::uint8_t>(i + 1)};
    owners[i] = i;
    REQUIRE(pinger.ping(Address::from_bytes_v4(bytes), &owners[i]));
  }
  for (std::size_t i = 0; i < kHosts; ++i) {
    auto* const owner = static_cast<std::size_t*>(next_answered(poller, pinger));
    REQUIRE(owner != nullptr);
    CHECK_FALSE(answered[*owner]);
    answered[*owner] = true;
  }
  CHECK(next_answered(poller, pinger, 300ms) == nullptr);
}

TEST_CASE("a forgotten ping has no owner") {
  if (is_skipped(EchoSocket::Family::v4, "127.0.0.1")) return;
  Poller poller;
  Pinger pinger(poller);
  int owner = 0;
  const auto ticket = pinger.ping(*Address::parse("127.0.0.1"), &owner);
  REQUIRE(ticket);
  pinger.forget(*ticket);
  CHECK(next_answered(poller, pinger, 300ms) == nullptr);
}

TEST_CASE("other descriptors are not the pinger's") {
  Poller poller;
  Pinger pinger(poller);
  CHECK_FALSE(pinger.owns(-1));
  CHECK_FALSE(pinger.owns(poller.fd()));
}
