#pragma once

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string_view>

#include "reply.hpp"

namespace sim {

struct Device;
class Server;

struct FreeBuffer {
  void operator()(bufferevent* buffer) const { bufferevent_free(buffer); }
};
using BufferPtr = std::unique_ptr<bufferevent, FreeBuffer>;

/// One accepted connection: reads one request, sends one reply, ends.
class Connection {
 public:
  /// The reply to all bytes received so far, or nothing where more must come.
  using Answerer = std::function<std::optional<Reply>(std::string_view)>;

  /// The server must outlive the connection. `buffer` is in clear or a completed TLS handshake's.
  Connection(Server& server, Device& device, BufferPtr buffer, Answerer answerer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Says nothing until the client leaves.
  void hang();

  /// The place in the server's list, by which the connection ends itself.
  std::list<Connection>::iterator self;

 private:
  struct FreeTimer {
    void operator()(event* timer) const { event_free(timer); }
  };

  evutil_socket_t socket() const { return bufferevent_getfd(buffer_.get()); }
  void on_readable();
  void on_written();
  void on_closed(short what);
  void on_timer();
  void begin(Reply reply);
  void deliver();
  void drip();
  void repeat();
  void linger();
  void close_tls();
  void end();
  void reset();
  void arm_timer(double seconds);

  Server& server_;
  Device& device_;
  BufferPtr buffer_;
  Answerer answerer_;
  std::unique_ptr<event, FreeTimer> timer_;
  Reply reply_;
  std::size_t sent_ = 0;
  bool has_request_ = false;
  bool is_sending_ = false;
};

}  // namespace sim
