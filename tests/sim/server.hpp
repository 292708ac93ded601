#pragma once

#include <event2/util.h>

#include <cstdint>
#include <list>

#include "connection.hpp"
#include "reply.hpp"
#include "totals.hpp"

struct event_base;

namespace sim {

struct Device;
struct Request;
class Fleet;
class RequestLog;

/// Gives every accepted connection to the device it is addressed to, counts and logs.
class Server {
 public:
  /// `log` may be null. All must outlive the server.
  Server(event_base* base, Fleet& fleet, RequestLog* log, std::uint64_t seed);

  /// Takes over a non-blocking socket that was just accepted. One to an address outside of
  /// loopback, or without a device, is reset.
  void accept(evutil_socket_t socket);

  /// Ends the restarts that are over, of devices that nobody has talked to since.
  void settle_fleet();

  event_base* base() { return base_; }
  const Totals& totals() const { return totals_; }

  /// For Connection.
  Reply answer(Device& device, const Request& request);
  Reply answer_garbage(Device& device);
  void opened(const Connection& connection);
  void closed(const Connection& connection);
  void drop(std::list<Connection>::iterator connection) { connections_.erase(connection); }

 private:
  double now() const;
  void log_without_request(const Device& device, const char* reason, int status);

  event_base* base_;
  Fleet& fleet_;
  RequestLog* log_;
  std::uint64_t seed_;
  double started_at_;  ///< CLOCK_MONOTONIC in seconds
  Totals totals_;
  std::list<Connection> connections_;
};

}  // namespace sim
