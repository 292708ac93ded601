#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <cstddef>
#include <optional>
#include <string>

#include "device.hpp"
#include "kinds.hpp"

namespace evil {

/// What all connections share; outlives them.
struct Server {
  event_base* base = nullptr;
  Settings settings;
  std::size_t flood_limit =
      0;  ///< bytes a connection at most, so that no mutant fills the memory; 0: none
};

/// One connection to an evil device: takes one request, gives the device's kind of answer, and
/// deletes itself when it is over.
class Connection {
 public:
  /// Takes the socket.
  Connection(Server& server, Device& device, evutil_socket_t socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  ~Connection();

  void read();
  void answer(const std::string& request_head);
  void begin();
  void send_more();
  void end();
  void wait(double seconds);
  void tick();

  Server& server_;
  Device& device_;
  bufferevent* buffer_;
  event* timer_;
  double accepted_;
  std::string request_;
  std::optional<Script> script_;
  std::size_t sent_ = 0;
  bool begun_ = false;
  bool held_ = false;
};

}  // namespace evil
