#include "handshake.hpp"

#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>

#include "event_util.hpp"
#include "server.hpp"

namespace sim {

Handshake::Handshake(Server& server, Device& device, evutil_socket_t socket, const Steps& steps)
    : server_(server), device_(device), steps_(steps), socket_(socket) {
  server_.opened(device_, socket_);
  wait(EV_READ, 0);
}

Handshake::~Handshake() {
  if (socket_ < 0) return;
  server_.closed(device_, socket_);
  if (!buffer_) evutil_closesocket(socket_);
}

void Handshake::wait(short what, double seconds) {
  event_.reset(event_new(
      server_.base(), what == EV_READ ? socket_ : -1, what,
      [](evutil_socket_t, short, void* me) { static_cast<Handshake*>(me)->on_event(); }, this));
  const timeval delay = to_timeval(seconds);
  event_add(event_.get(), what == EV_READ ? nullptr : &delay);
}

void Handshake::on_event() {
  if (has_begun_) {
    shake();
    return;
  }
  char first = 0;
  has_begun_ = recv(socket_, &first, 1, MSG_PEEK) == 1;
  (has_begun_ ? steps_.on_hello : steps_.on_failed)(*this);
}

void Handshake::go_on(SslPtr ssl, double delay) {
  ssl_ = std::move(ssl);
  if (delay > 0) {
    wait(EV_TIMEOUT, delay);
  } else {
    shake();
  }
}

void Handshake::shake() {
  // Deferred: what ends a connection must not come in the middle of a write to it.
  buffer_.reset(bufferevent_openssl_socket_new(server_.base(), socket_, ssl_.release(),
                                               BUFFEREVENT_SSL_ACCEPTING,
                                               BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
  bufferevent_openssl_set_allow_dirty_shutdown(buffer_.get(), 1);
  bufferevent_setcb(
      buffer_.get(), nullptr, nullptr,
      [](bufferevent*, short what, void* context) {
        auto& me = *static_cast<Handshake*>(context);
        const bool is_completed = (what & BEV_EVENT_CONNECTED) != 0;
        (is_completed ? me.steps_.on_completed : me.steps_.on_failed)(me);
      },
      this);
}

BufferPtr Handshake::release() {
  if (!buffer_) {
    buffer_.reset(bufferevent_socket_new(server_.base(), socket_, BEV_OPT_CLOSE_ON_FREE));
  }
  server_.closed(device_, socket_);
  socket_ = -1;
  return std::move(buffer_);
}

}  // namespace sim
