#include "connection.hpp"

#include <event2/buffer.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>

#include "device.hpp"
#include "event_util.hpp"
#include "http_request.hpp"
#include "server.hpp"

namespace sim {
namespace {

constexpr double kLingerSeconds = 1;

}  // namespace

Connection::Connection(Server& server, Device& device, evutil_socket_t socket)
    : server_(server),
      device_(device),
      buffer_(bufferevent_socket_new(server.base(), socket, BEV_OPT_CLOSE_ON_FREE)) {
  bufferevent_setcb(
      buffer_.get(), [](bufferevent*, void* me) { static_cast<Connection*>(me)->on_readable(); },
      [](bufferevent*, void* me) { static_cast<Connection*>(me)->on_written(); },
      [](bufferevent*, short what, void* me) { static_cast<Connection*>(me)->on_closed(what); },
      this);
  bufferevent_enable(buffer_.get(), EV_READ);
  server_.opened(*this);
}

Connection::~Connection() {
  server_.closed(*this);
}

bool Connection::has_client() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  const evutil_socket_t socket = bufferevent_getfd(buffer_.get());
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
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
  Request request;
  const ParseState state = parse_request(std::string_view(bytes, size), request);
  if (state == ParseState::incomplete) return;
  evbuffer_drain(input, size);
  has_request_ = true;
  begin(state == ParseState::bad ? server_.answer_garbage(device_)
                                 : server_.answer(device_, request));
}

void Connection::on_closed(short what) {
  // A client may close its sending side and still read; what is under way is sent to the end.
  const bool may_still_read = (what & BEV_EVENT_EOF) != 0 && is_sending_;
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
  switch (reply_.delivery) {
    case Delivery::plain:
    case Delivery::linger:
    case Delivery::endless:
      bufferevent_write(buffer_.get(), reply_.bytes.data(), reply_.bytes.size());
      break;
    case Delivery::drip:
      drip();
      break;
    case Delivery::hang:
      break;
    case Delivery::reset:
      reset();
      break;
    case Delivery::close:
      end();
      break;
  }
}

void Connection::drip() {
  const std::size_t size = std::min(reply_.piece, reply_.bytes.size() - sent_);
  const int no_delay = 1;
  setsockopt(bufferevent_getfd(buffer_.get()), IPPROTO_TCP, TCP_NODELAY, &no_delay,
             sizeof no_delay);
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
    default:
      end();
  }
}

void Connection::repeat() {
  const std::size_t start = reply_.bytes.size() - reply_.piece;
  bufferevent_write(buffer_.get(), reply_.bytes.data() + start, reply_.piece);
}

void Connection::linger() {
  shutdown(bufferevent_getfd(buffer_.get()), SHUT_WR);
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

void Connection::end() {
  server_.drop(self);
}

void Connection::reset() {
  reset_on_close(bufferevent_getfd(buffer_.get()));
  end();
}

}  // namespace sim
