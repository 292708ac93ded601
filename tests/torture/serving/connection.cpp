#include "connection.hpp"

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "request.hpp"

namespace serving {

namespace {

constexpr double kLate = 0.02;

timeval to_timeval(double seconds) {
  timeval out{};
  out.tv_sec = static_cast<time_t>(seconds);
  out.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
  return out;
}

}  // namespace

Connection::Connection(Shared& shared, Peer& peer, evutil_socket_t socket)
    : shared_(shared),
      peer_(peer),
      buffer_(open(shared, socket)),
      timer_(evtimer_new(
          shared.base,
          [](evutil_socket_t, short, void* self) { static_cast<Connection*>(self)->tick(); },
          this)),
      accepted_(monotonic()) {
  shared_.open.insert(this);
  ++peer_.connections;
  if (peer_.began == 0) peer_.began = accepted_;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bufferevent_setcb(
      buffer_, [](bufferevent*, void* self) { static_cast<Connection*>(self)->read(); },
      [](bufferevent*, void* self) { static_cast<Connection*>(self)->send_more(); },
      [](bufferevent*, short what, void* self) {
        // Of all that happens to a connection only the end of a handshake is not its own.
        if ((what & BEV_EVENT_CONNECTED) == 0) delete static_cast<Connection*>(self);
      },
      this);
  bufferevent_enable(buffer_, EV_READ | EV_WRITE);
}

bufferevent* Connection::open(const Shared& shared, evutil_socket_t socket) {
  if (shared.tls == nullptr)
    return bufferevent_socket_new(shared.base, socket, BEV_OPT_CLOSE_ON_FREE);
  return bufferevent_openssl_socket_new(shared.base, socket, shared.tls->accept(),
                                        BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

Connection::~Connection() {
  peer_.longest = std::max(peer_.longest, monotonic() - accepted_);
  shared_.open.erase(this);
  event_free(timer_);
  bufferevent_free(buffer_);
}

void Connection::read() {
  evbuffer* const input = bufferevent_get_input(buffer_);
  const std::size_t size = evbuffer_get_length(input);
  const auto* const data = reinterpret_cast<const char*>(evbuffer_pullup(input, -1));
  if (!script_) request_.append(data, size);
  evbuffer_drain(input, size);
  if (script_) return;
  const std::optional<Request> request = read_request(request_);
  if (!request) return;
  script_ = peer_.answer(*request);
  if (script_->delay > 0) return wait(script_->delay);
  begin();
}

void Connection::begin() {
  begun_ = true;
  // Even nothing: it makes libevent tell that everything has been sent.
  if (script_->bytes.empty()) return send_more();
  if (!script_->splits.empty() && script_->splits.front() == 0) {
    ++next_split_;
    return wait(script_->pause);
  }
  send_piece();
}

void Connection::send_piece() {
  const auto& splits = script_->splits;
  const bool is_last = next_split_ == splits.size();
  const std::size_t end = is_last ? script_->bytes.size() : splits[next_split_++];
  bufferevent_write(buffer_, script_->bytes.data() + sent_, end - sent_);
  sent_ = end;
  if (!is_last) wait(script_->pause);
}

void Connection::send_more() {
  if (!begun_ || held_ || has_pieces_left()) return;
  const std::string_view endless = script_->endless;
  if (!endless.empty() && (shared_.flood_limit == 0 || sent_ < shared_.flood_limit)) {
    sent_ += endless.size();
    evbuffer_add_reference(bufferevent_get_output(buffer_), endless.data(), endless.size(), nullptr,
                           nullptr);
    return;
  }
  if (!script_->late.empty()) return wait(kLate);
  end();
}

void Connection::end() {
  switch (script_->end) {
    case Script::End::hold:
      held_ = true;
      return;
    case Script::End::reset: {
      const linger abrupt{1, 0};
      setsockopt(bufferevent_getfd(buffer_), SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
      break;
    }
    case Script::End::close:
      break;
  }
  delete this;
}

void Connection::wait(double seconds) {
  const timeval time = to_timeval(seconds);
  evtimer_add(timer_, &time);
}

void Connection::tick() {
  if (!begun_) return begin();
  if (has_pieces_left()) return send_piece();
  const std::string late = std::exchange(script_->late, {});
  bufferevent_write(buffer_, late.data(), late.size());
}

}  // namespace serving
