#include "connection.hpp"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "device.hpp"
#include "event_util.hpp"
#include "server.hpp"

namespace sim {
namespace {

constexpr double kLingerSeconds = 1;

}  // namespace

Connection::Connection(Server& server, Device& device, BufferPtr buffer, Answerer answerer)
    : server_(server), device_(device), buffer_(std::move(buffer)), answerer_(std::move(answerer)) {
  bufferevent_setcb(
      buffer_.get(), [](bufferevent*, void* me) { static_cast<Connection*>(me)->on_readable(); },
      [](bufferevent*, void* me) { static_cast<Connection*>(me)->on_written(); },
      [](bufferevent*, short what, void* me) { static_cast<Connection*>(me)->on_closed(what); },
      this);
  bufferevent_enable(buffer_.get(), EV_READ);
  server_.opened(device_, socket());
}

Connection::~Connection() {
  server_.closed(device_, socket());
}

void Connection::hang() {
  has_request_ = true;
}

void Connection::on_readable() {
  evbuffer* input = bufferevent_get_input(buffer_.get());
  if (has_request_) {
    evbuffer_drain(input, evbuffer_get_length(input));
    return;
  }
  const std::size_t size = evbuffer_get_length(input);
  const auto* bytes = reinterpret_cast<const char*>(evbuffer_pullup(input, -1));
  auto reply = answerer_(std::string_view(bytes, size));
  if (!reply) return;
  evbuffer_drain(input, size);
  has_request_ = true;
  begin(std::move(*reply));
}

void Connection::on_closed(short what) {
  // A client may close its sending side and still read; what is under way is sent to the end.
  // Not so over TLS, where libevent stops writing, too.
  const bool may_still_read = (what & BEV_EVENT_EOF) != 0 && is_sending_ &&
                              bufferevent_openssl_get_ssl(buffer_.get()) == nullptr;
  if (may_still_read && reply_.delivery == Delivery::plain) return;
  end();
}

void Connection::begin(Reply reply) {
  reply_ = std::move(reply);
  if (reply_.delay > 0) {
    arm_timer(reply_.delay);
  } else {
    deliver();
  }
}

void Connection::deliver() {
  is_sending_ = true;
  if (reply_.delivery == Delivery::drip) {
    drip();
  } else if (reply_.bytes.empty()) {
    on_written();
  } else {
    bufferevent_write(buffer_.get(), reply_.bytes.data(), reply_.bytes.size());
  }
}

void Connection::drip() {
  const std::size_t size = std::min(reply_.piece, reply_.bytes.size() - sent_);
  const int no_delay = 1;
  setsockopt(socket(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  bufferevent_write(buffer_.get(), reply_.bytes.data() + sent_, size);
  sent_ += size;
  if (sent_ < reply_.bytes.size()) arm_timer(reply_.interval);
}

void Connection::on_written() {
  if (!is_sending_) return;
  switch (reply_.delivery) {
    case Delivery::endless:
      repeat();
      break;
    case Delivery::linger:
      linger();
      break;
    case Delivery::drip:
      if (sent_ == reply_.bytes.size()) end();
      break;
    case Delivery::hang:
      break;
    case Delivery::reset:
      reset();
      break;
    case Delivery::plain:
    case Delivery::close:
      end();
  }
}

void Connection::repeat() {
  const std::size_t start = reply_.bytes.size() - reply_.piece;
  bufferevent_write(buffer_.get(), reply_.bytes.data() + start, reply_.piece);
}

void Connection::linger() {
  close_tls();
  shutdown(socket(), SHUT_WR);
  arm_timer(kLingerSeconds);
}

void Connection::on_timer() {
  if (!is_sending_) {
    deliver();
  } else if (reply_.delivery == Delivery::linger) {
    end();
  } else {
    drip();
  }
}

void Connection::arm_timer(double seconds) {
  if (!timer_) {
    timer_.reset(evtimer_new(
        server_.base(),
        [](evutil_socket_t, short, void* me) { static_cast<Connection*>(me)->on_timer(); }, this));
  }
  const timeval delay = to_timeval(seconds);
  evtimer_add(timer_.get(), &delay);
}

void Connection::close_tls() {
  SSL* const ssl = bufferevent_openssl_get_ssl(buffer_.get());
  if (ssl == nullptr) return;
  SSL_shutdown(ssl);
  ERR_clear_error();
}

void Connection::end() {
  close_tls();
  server_.drop(self);
}

void Connection::reset() {
  reset_on_close(socket());
  server_.drop(self);
}

}  // namespace sim
