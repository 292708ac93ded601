#pragma once

#include <event2/listener.h>
#include <event2/util.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

struct event_base;

namespace sim {

class Fleet;

/// The listening sockets: one for all IPv4 addresses a port, one for ::1 a port.
class Listening {
 public:
  using OnAccept = std::function<void(evutil_socket_t)>;

  /// `base` must outlive this. `on_accept` gets non-blocking sockets and owns them.
  Listening(event_base* base, OnAccept on_accept);

  /// Opens every socket that the devices of `fleet` need, `main_port` (0: a free one) for those
  /// without a port of their own, and fills in their ports. Devices that are to refuse connections
  /// get a port that is taken but not listened on. Returns the main port. Throws InputError.
  std::uint16_t open_for(Fleet& fleet, std::uint16_t main_port);

 private:
  struct Free {
    void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
  };

  std::uint16_t listen(bool is_ipv6, std::uint16_t port);
  std::uint16_t refusing_port(bool is_ipv6);
  void pause();

  event_base* base_;
  OnAccept on_accept_;
  std::map<std::pair<bool, std::uint16_t>, std::unique_ptr<evconnlistener, Free>> listeners_;
  std::map<bool, std::uint16_t> refusing_;
};

}  // namespace sim
