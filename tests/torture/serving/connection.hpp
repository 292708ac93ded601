#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "peer.hpp"
#include "tls.hpp"

namespace serving {

/// One connection to a device: takes one request, gives the device's answer, and deletes itself
/// when it is over.
class Connection {
 public:
  /// What all connections share; outlives them.
  struct Shared {
    event_base* base = nullptr;
    /// Bytes of what is endless, so that no mutant fills the memory; 0: any number.
    std::size_t flood_limit = 0;
    /// Null: plain HTTP.
    const Tls* tls = nullptr;
    std::set<Connection*> open = {};
  };

  /// Takes the socket.
  Connection(Shared& shared, Peer& peer, evutil_socket_t socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

 private:
  static bufferevent* open(const Shared& shared, evutil_socket_t socket);
  void read();
  void begin();
  void send_piece();
  void send_more();
  void end();
  void wait(double seconds);
  void tick();

  bool has_pieces_left() const { return begun_ && sent_ < script_->bytes.size(); }

  Shared& shared_;
  Peer& peer_;
  bufferevent* buffer_;
  event* timer_;
  double accepted_;
  std::string request_;
  std::optional<Script> script_;
  std::size_t sent_ = 0;
  std::size_t next_split_ = 0;
  bool begun_ = false;
  bool held_ = false;
};

}  // namespace serving
