#pragma once

#include <event2/event.h>
#include <event2/listener.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connection.hpp"
#include "peer.hpp"
#include "tls.hpp"

namespace serving {

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* handle) const noexcept {
    free_function(handle);
  }
};

/// Thousands of devices on one wildcard socket, an address in 127/8 each, and a trap for who
/// follows where they send him.
class Server {
 public:
  /// Whose is an address in host order? nullptr: nobody's, who calls it is hung up on.
  using Find = std::function<Peer*(std::uint32_t address)>;

  /// Listens on two free ports. Throws std::runtime_error.
  /// `by_tls`: the devices speak TLS and nothing else.
  explicit Server(Find find, bool by_tls, std::size_t flood_limit = 0);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  unsigned port() const { return port_of(devices_.get()); }
  unsigned trap_port() const { return port_of(trap_.get()); }
  unsigned trapped() const { return trapped_; }

  /// Serves for so many seconds, or until SIGTERM or SIGINT.
  void run(double lifetime);

 private:
  static unsigned port_of(evconnlistener* listener);
  static void on_connection(evconnlistener*, evutil_socket_t, sockaddr*, int, void* self);
  static void on_trapped(evconnlistener*, evutil_socket_t, sockaddr*, int, void* self);

  std::unique_ptr<event_base, Freed<event_base_free>> base_;
  Find find_;
  std::optional<Tls> tls_;
  Connection::Shared shared_;
  unsigned trapped_ = 0;
  std::unique_ptr<evconnlistener, Freed<evconnlistener_free>> devices_;
  std::unique_ptr<evconnlistener, Freed<evconnlistener_free>> trap_;
};

/// `text` as an address in host order. Throws std::invalid_argument.
std::uint32_t read_address(const std::string& text);

}  // namespace serving
