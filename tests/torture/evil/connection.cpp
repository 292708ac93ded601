#include "connection.hpp"

#include <event2/buffer.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "answers.hpp"

namespace evil {

namespace {

constexpr double kLate = 0.02;

std::string field(const std::string& request, std::string_view name) {
  std::size_t begin = 0;
  while ((begin = request.find("\r\n", begin)) != std::string::npos) {
    begin += 2;
    if (request.size() - begin <= name.size() || request[begin + name.size()] != ':') continue;
    if (strncasecmp(request.data() + begin, name.data(), name.size()) != 0) continue;
    const std::size_t value = begin + name.size() + 1;
    return request.substr(value, request.find("\r\n", value) - value);
  }
  return {};
}

/// "Sys.SetConfig" of "GET /rpc/Sys.SetConfig?config=... HTTP/1.1".
std::string rpc_of(const std::string& request) {
  std::string target = request.substr(0, request.find_first_of("\r\n"));
  target.erase(0, target.find('/') + 1);
  if (target.compare(0, 4, "rpc/") == 0) target.erase(0, 4);
  return target.substr(0, target.find_first_of("? "));
}

bool strikes(const Device& device, const std::string& rpc) {
  if (device.strikes_at == "later") return rpc != "Shelly.GetDeviceInfo";
  return device.strikes_at == "*" || device.strikes_at == rpc;
}

void count(Device& device, const std::string& rpc, bool has_authorization) {
  device.authorizations += has_authorization;
  device.logins_to_stranger += has_authorization && device.is_stranger;
  if (rpc == "Sys.SetConfig") {
    ++device.writes;
    device.writes_to_stranger += device.is_stranger;
    if (device.told_at > 0)
      device.slowest_write = std::max(device.slowest_write, monotonic() - device.told_at);
  }
  if (rpc == "Shelly.Update") {
    ++device.updates;
    device.updates_to_stranger += device.is_stranger;
  }
}

timeval to_timeval(double seconds) {
  timeval out{};
  out.tv_sec = static_cast<time_t>(seconds);
  out.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
  return out;
}

}  // namespace

Connection::Connection(Server& server, Device& device, evutil_socket_t socket)
    : server_(server),
      device_(device),
      buffer_(bufferevent_socket_new(server.base, socket, BEV_OPT_CLOSE_ON_FREE)),
      timer_(evtimer_new(
          server.base,
          [](evutil_socket_t, short, void* self) { static_cast<Connection*>(self)->tick(); },
          this)),
      accepted_(monotonic()) {
  ++device_.connections;
  if (device_.began == 0) device_.began = accepted_;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bufferevent_setcb(
      buffer_, [](bufferevent*, void* self) { static_cast<Connection*>(self)->read(); },
      [](bufferevent*, void* self) { static_cast<Connection*>(self)->send_more(); },
      [](bufferevent*, short, void* self) { delete static_cast<Connection*>(self); }, this);
  bufferevent_enable(buffer_, EV_READ | EV_WRITE);
}

Connection::~Connection() {
  device_.longest = std::max(device_.longest, monotonic() - accepted_);
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
  const std::size_t end = request_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const std::string length = field(request_, "Content-Length");
  if (!length.empty() && request_.size() < end + 4 + std::stoul(length)) return;
  answer(request_.substr(0, end + 2));
}

void Connection::answer(const std::string& request) {
  const Exchange exchange{device_, rpc_of(request), field(request, "Authorization"),
                          server_.settings};
  ++device_.calls;
  if (strikes(device_, exchange.rpc)) {
    script_ = device_.kind(exchange);
  } else {
    script_ = Script();
    script_->bytes = good_answer(exchange);
  }
  count(device_, exchange.rpc, !exchange.authorization.empty());
  if (script_->delay > 0) return wait(script_->delay);
  begin();
}

void Connection::begin() {
  begun_ = true;
  if (script_->drip > 0) return wait(script_->drip);
  sent_ = script_->bytes.size();
  // Even nothing: it makes libevent tell that everything has been sent.
  if (sent_ == 0) return send_more();
  bufferevent_write(buffer_, script_->bytes.data(), sent_);
}

void Connection::send_more() {
  if (!begun_ || held_) return;
  if (script_->drip > 0 && sent_ < script_->bytes.size()) return;
  const std::string_view endless = script_->endless;
  if (!endless.empty() && (server_.flood_limit == 0 || sent_ < server_.flood_limit)) {
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
  if (script_->drip > 0 && sent_ < script_->bytes.size()) {
    bufferevent_write(buffer_, script_->bytes.data() + sent_, 1);
    if (++sent_ < script_->bytes.size()) wait(script_->drip);
    return;
  }
  const std::string late = std::exchange(script_->late, {});
  bufferevent_write(buffer_, late.data(), late.size());
}

}  // namespace evil
