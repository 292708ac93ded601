// What the clients of the comparison have in common: which devices they ask, and what they tell.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

#include "../shelly/shelly.hpp"

namespace bench {

/// The calls that a device in sync gets from stage 3.
constexpr const char* kPaths[] = {shelly::kInfo, shelly::kCheck};
constexpr unsigned kCalls = 2;

/// Devices at consecutive IPv4 addresses, all at one port.
struct Fleet {
  in_addr_t first = 0;  // host byte order
  std::uint16_t port = 0;
  unsigned devices = 0;
  unsigned in_flight = 0;

  in_addr_t address(unsigned device) const { return first + device; }
};

inline std::string text_of(in_addr_t address) {
  const in_addr in{htonl(address)};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &in, text, sizeof text);
}

inline Fleet parse_fleet(int argc, char** argv) {
  in_addr first{};
  if (argc != 5 || inet_pton(AF_INET, argv[1], &first) != 1)
    throw std::runtime_error("usage: PROGRAM FIRST_ADDRESS PORT DEVICES IN_FLIGHT");
  Fleet fleet;
  fleet.first = ntohl(first.s_addr);
  fleet.port = static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10));
  fleet.devices = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
  fleet.in_flight = static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10));
  return fleet;
}

/// One line of JSON: how many calls were answered with status 200.
inline void tell(unsigned answered) {
  std::printf("{\"answered\": %u}\n", answered);
}

/// The main() of a client.
template <class Client>
int main_of(const char* name, int argc, char** argv) try {
  Client(parse_fleet(argc, argv)).run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", name, error.what());
  return 2;
}

}  // namespace bench
