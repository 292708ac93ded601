#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <list>
#include <memory>

#include "reply.hpp"

namespace sim {

struct Device;
class Server;

/// One accepted connection: reads one request, sends one reply, ends.
class Connection {
 public:
  /// Owns `socket`. The server must outlive the connection.
  Connection(Server& server, Device& device, evutil_socket_t socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Device& device() const { return device_; }

  /// The client has neither closed nor reset the connection, as far as TCP knows.
  bool has_client() const;

  /// Says nothing until the client leaves.
  void hang();

  /// The place in the server's list, by which the connection ends itself.
  std::list<Connection>::iterator self;

 private:
  struct FreeBuffer {
    void operator()(bufferevent* buffer) const { bufferevent_free(buffer); }
  };
  struct FreeTimer {
    void operator()(event* timer) const { event_free(timer); }
  };

  void on_readable();
  void on_written();
  void on_closed(short what);
  void on_timer();
  void begin(Reply reply);
  void deliver();
  void drip();
  void repeat();
  void linger();
  void end();
  void reset();
  void arm_timer(double seconds);

  Server& server_;
  Device& device_;
  std::unique_ptr<bufferevent, FreeBuffer> buffer_;
  std::unique_ptr<event, FreeTimer> timer_;
  Reply reply_;
  std::size_t sent_ = 0;
  bool has_request_ = false;
  bool is_sending_ = false;
};

}  // namespace sim
