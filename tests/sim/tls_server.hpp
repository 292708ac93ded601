#pragma once

#include <event2/util.h>

#include <list>

#include "handshake.hpp"
#include "tls_layer.hpp"

namespace sim {

struct Device;
class Identities;
class Server;

/// Shakes hands with those who connect to a TLS port, and hands them to the server.
class TlsServer {
 public:
  /// Both must outlive this.
  TlsServer(Server& server, Identities& identities);

  /// Takes over a non-blocking socket that was just accepted.
  void accept(Device& device, evutil_socket_t socket);

 private:
  void begin(Handshake& handshake);
  void spoil(Handshake& handshake, const TlsFault& fault);
  void complete(Handshake& handshake);
  void fail(Handshake& handshake);

  Server& server_;
  Identities& identities_;
  TlsLayer layer_;
  Handshake::Steps steps_;
  std::list<Handshake> handshakes_;
};

}  // namespace sim
