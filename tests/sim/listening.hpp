#pragma once

#include <event2/listener.h>
#include <event2/util.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "endpoint.hpp"

struct event_base;

namespace sim {

class Fleet;
struct Device;

/// The ports of the devices that have none of their own; 0: a free one, or that none is needed.
struct Ports {
  std::uint16_t http = 0;
  std::uint16_t tls = 0;
};

/// The listening sockets: one for all IPv4 addresses a port, one for ::1 a port. Only a port at
/// which some device refuses connections has one for each address that does not.
class Listening {
 public:
  using OnAccept = std::function<void(evutil_socket_t)>;

  /// `base` must outlive this. `on_accept` gets non-blocking sockets and owns them.
  Listening(event_base* base, OnAccept on_accept);

  /// Opens every socket that the devices of `fleet` need, `main` for those without a port of their
  /// own, and fills in their ports. Devices that are to refuse all connections get a port that is
  /// taken but not listened on. Returns the main ports. Throws InputError.
  Ports open_for(Fleet& fleet, Ports main);

 private:
  struct Free {
    void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
  };

  std::uint16_t take(const Endpoint& endpoint);
  std::uint16_t refusing_port(std::uint32_t ipv4);
  std::uint16_t open(std::uint32_t ipv4, std::uint16_t port);
  std::uint16_t open_http(const Device& device, std::uint16_t main_port);
  std::uint16_t listen(const Endpoint& endpoint);
  void reserve_refused(const Fleet& fleet, std::uint16_t& main_port);

  event_base* base_;
  OnAccept on_accept_;
  /// By address and port; kAnyAddress for all of IPv4.
  std::unordered_map<Endpoint, std::unique_ptr<evconnlistener, Free>> listeners_;
  std::set<std::uint16_t> refused_;                  ///< ports that not all devices listen at
  std::map<std::uint32_t, std::uint16_t> refusing_;  ///< by address
};

}  // namespace sim
