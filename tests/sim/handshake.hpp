#pragma once

#include <event2/event.h>

#include <functional>
#include <list>
#include <memory>

#include "connection.hpp"
#include "openssl_ptr.hpp"

namespace sim {

struct Device;
class Server;
struct TlsFault;

/// An accepted connection to a TLS port before it speaks HTTP: waits for the first bytes of the
/// client, as long as the device takes to answer them, and for the end of the handshake.
class Handshake {
 public:
  /// What comes next is decided elsewhere; each of them but `on_hello` ends the handshake.
  struct Steps {
    std::function<void(Handshake&)> on_hello;  ///< the client has begun: go on, or take the socket
    std::function<void(Handshake&)> on_completed;
    std::function<void(Handshake&)> on_failed;  ///< also when the client leaves before it begins
  };

  /// Owns `socket`. The server and `steps` must outlive the handshake.
  Handshake(Server& server, Device& device, evutil_socket_t socket, const Steps& steps);
  ~Handshake();
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  Device& device() const { return device_; }
  bool has_begun() const { return has_begun_; }

  /// Does the server's part as `ssl` in `delay` seconds.
  void go_on(SslPtr ssl, double delay);

  /// Gives the connection away: before `go_on` in clear, with what the client has sent unread.
  BufferPtr release();

  /// Why the device has another key in this handshake; null: it has its own.
  const TlsFault* key_fault = nullptr;

  /// The place in the list that holds it.
  std::list<Handshake>::iterator self;

 private:
  struct FreeEvent {
    void operator()(event* event) const { event_free(event); }
  };

  void on_event();
  void shake();
  void wait(short what, double seconds);

  Server& server_;
  Device& device_;
  const Steps& steps_;
  evutil_socket_t socket_;  ///< -1 once it is given away
  bool has_begun_ = false;
  std::unique_ptr<event, FreeEvent> event_;
  SslPtr ssl_;
  BufferPtr buffer_;
};

}  // namespace sim
