#include "listening.hpp"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "fleet.hpp"
#include "input_error.hpp"

namespace sim {
namespace {

constexpr int kBacklog = 65535;  // the kernel lowers it to net.core.somaxconn
constexpr std::size_t kMaxListeners = 256;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress local_address(bool is_ipv6, std::uint16_t port) {
  SocketAddress address;
  if (is_ipv6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_addr = in6addr_loopback;
    in.sin6_port = htons(port);
    address.size = sizeof in;
  } else {
    // The wildcard, since Linux has no socket for all of 127/8; connections to other addresses are
    // reset as soon as they are accepted.
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_ANY);
    in.sin_port = htons(port);
    address.size = sizeof in;
  }
  return address;
}

std::uint16_t port_of(evutil_socket_t socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return storage.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(storage).sin6_port)
                                       : ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

void accept_callback(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* context) {
  (*static_cast<Listening::OnAccept*>(context))(socket);
}

/// Out of descriptors: without a pause the loop would spin on the pending connection.
void error_callback(evconnlistener* listener, void*) {
  evconnlistener_disable(listener);
  const timeval pause{0, 20000};
  event_base_once(
      evconnlistener_get_base(listener), -1, EV_TIMEOUT,
      [](evutil_socket_t, short, void* paused) {
        evconnlistener_enable(static_cast<evconnlistener*>(paused));
      },
      listener, &pause);
}

[[noreturn]] void fail(std::uint16_t port) {
  throw InputError("cannot listen on port " + std::to_string(port) + ": " + std::strerror(errno) +
                   "; choose another one with --port, or 0 for a free one");
}

}  // namespace

Listening::Listening(event_base* base, OnAccept on_accept)
    : base_(base), on_accept_(std::move(on_accept)) {}

std::uint16_t Listening::listen(bool is_ipv6, std::uint16_t port) {
  if (listeners_.count({is_ipv6, port}) != 0) return port;
  if (listeners_.size() >= kMaxListeners) {
    throw InputError("more than " + std::to_string(kMaxListeners) +
                     " ports: give \"port\" to fewer devices");
  }
  const SocketAddress address = local_address(is_ipv6, port);
  evconnlistener* listener = evconnlistener_new_bind(
      base_, &accept_callback, &on_accept_,
      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, kBacklog,
      reinterpret_cast<const sockaddr*>(&address.storage), static_cast<int>(address.size));
  if (listener == nullptr) fail(port);
  evconnlistener_set_error_cb(listener, &error_callback);
  const std::uint16_t actual = port_of(evconnlistener_get_fd(listener));
  listeners_[{is_ipv6, actual}].reset(listener);
  return actual;
}

std::uint16_t Listening::refusing_port(bool is_ipv6) {
  const auto known = refusing_.find(is_ipv6);
  if (known != refusing_.end()) return known->second;
  const evutil_socket_t socket =
      ::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const SocketAddress address = local_address(is_ipv6, 0);
  // Bound for the rest of the process's life, so that nobody else comes to listen there.
  if (socket < 0 ||
      bind(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    fail(0);
  }
  return refusing_[is_ipv6] = port_of(socket);
}

std::uint16_t Listening::open_for(Fleet& fleet, std::uint16_t main_port) {
  const std::uint16_t port = listen(false, main_port);
  for (Device& device : fleet.devices()) {
    const Settings& settings = *device.settings;
    const bool is_ipv6 = device.endpoint.is_ipv6();
    device.endpoint.port = settings.presence == Presence::refused
                               ? refusing_port(is_ipv6)
                               : listen(is_ipv6, settings.port.value_or(port));
  }
  return port;
}

}  // namespace sim
