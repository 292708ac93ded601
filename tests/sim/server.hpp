#pragma once

#include <event2/util.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string_view>

#include "connection.hpp"
#include "reply.hpp"
#include "tls_server.hpp"
#include "totals.hpp"
#include "transport.hpp"

struct event_base;

namespace sim {

struct Device;
struct Request;
class Fleet;
class Identities;
class RequestLog;

/// Gives every accepted connection to the device it is addressed to, counts and logs.
class Server {
 public:
  /// `log` may be null. All must outlive the server.
  Server(event_base* base, Fleet& fleet, Identities& identities, RequestLog* log,
         std::uint64_t seed);

  /// Takes over a non-blocking socket that was just accepted. One to an address outside of
  /// loopback, or without a device, is reset.
  void accept(evutil_socket_t socket);

  /// Ends the restarts that are over, of devices that nobody has talked to since.
  void settle_fleet();

  event_base* base() { return base_; }
  const Totals& totals() const { return totals_; }

  /// Seconds since the start.
  double now() const;
  std::uint64_t seed() const { return seed_; }

  /// Answers the requests that come by `buffer`.
  void serve(Device& device, BufferPtr buffer, const Transport& transport);

  /// Has `answerer` say what is sent to whom `buffer` leads.
  Connection& connect(Device& device, BufferPtr buffer, Connection::Answerer answerer);

  /// Logs a connection that has brought no request.
  void log_without_request(const Device& device, const Transport& transport, const char* reason,
                           int status);

  /// For Handshake and Connection.
  void opened(Device& device, evutil_socket_t socket);
  void closed(Device& device, evutil_socket_t socket);
  void drop(std::list<Connection>::iterator connection) { connections_.erase(connection); }

 private:
  std::optional<Reply> answer_bytes(Device& device, const Transport& transport,
                                    std::string_view bytes);
  Reply answer(Device& device, const Request& request);
  Reply answer_garbage(Device& device, const Transport& transport);
  void count(Device& device, const Transport& transport, int status);

  event_base* base_;
  Fleet& fleet_;
  RequestLog* log_;
  std::uint64_t seed_;
  double started_at_;  ///< CLOCK_MONOTONIC in seconds
  Totals totals_;
  std::list<Connection> connections_;
  TlsServer tls_;
};

}  // namespace sim
