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
#include "tls_state.hpp"

namespace sim {
namespace {

constexpr int kBacklog = 65535;  // the kernel lowers it to net.core.somaxconn
constexpr std::size_t kMaxPorts = 256;
constexpr std::size_t kMaxAddresses = 4096;  // where single addresses are listened on

/// Stands for every IPv4 address: Linux has no socket for all of 127/8, so that connections to
/// other addresses are reset as soon as they are accepted.
constexpr std::uint32_t kAnyAddress = INADDR_BROADCAST;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress local_address(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.is_ipv6()) {
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_addr = in6addr_loopback;
    in.sin6_port = htons(endpoint.port);
    address.size = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(endpoint.ipv4 == kAnyAddress ? INADDR_ANY : endpoint.ipv4);
    in.sin_port = htons(endpoint.port);
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

std::uint16_t Listening::listen(const Endpoint& endpoint) {
  if (listeners_.count(endpoint) != 0) return endpoint.port;
  const std::size_t most = refused_.empty() ? kMaxPorts : kMaxAddresses;
  if (listeners_.size() >= most) {
    throw InputError("more than " + std::to_string(most) +
                     " sockets to listen on: give \"port\" to fewer devices");
  }
  const SocketAddress address = local_address(endpoint);
  evconnlistener* listener =
      evconnlistener_new_bind(base_, &accept_callback, &on_accept_,
                              LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                              kBacklog, address.get(), static_cast<int>(address.size));
  if (listener == nullptr) fail(endpoint.port);
  evconnlistener_set_error_cb(listener, &error_callback);
  const std::uint16_t actual = port_of(evconnlistener_get_fd(listener));
  listeners_[{endpoint.ipv4, actual}].reset(listener);
  return actual;
}

std::uint16_t Listening::take(const Endpoint& endpoint) {
  const evutil_socket_t socket =
      ::socket(endpoint.is_ipv6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const SocketAddress address = local_address(endpoint);
  // Bound for the rest of the process's life, so that nobody else comes to listen there. Our own
  // sockets for single addresses may.
  if (socket < 0 || evutil_make_listen_socket_reuseable(socket) != 0 ||
      bind(socket, address.get(), address.size) != 0) {
    fail(endpoint.port);
  }
  return port_of(socket);
}

std::uint16_t Listening::refusing_port(std::uint32_t ipv4) {
  const std::uint32_t address = ipv4 == 0 ? 0 : kAnyAddress;
  const auto [known, is_new] = refusing_.try_emplace(address);
  if (is_new) known->second = take({address, 0});
  return known->second;
}

std::uint16_t Listening::open(std::uint32_t ipv4, std::uint16_t port) {
  const bool is_alone = ipv4 == 0 || refused_.count(port) != 0;
  return listen({is_alone ? ipv4 : kAnyAddress, port});
}

std::uint16_t Listening::open_http(const Device& device, std::uint16_t main_port) {
  const Settings& settings = *device.settings;
  const std::uint32_t ipv4 = device.endpoint.ipv4;
  const std::uint16_t port = settings.port.value_or(main_port);
  if (!refuses_http(settings)) return open(ipv4, port);
  return settings.presence == Presence::refused || port == 0 ? refusing_port(ipv4) : port;
}

void Listening::reserve_refused(const Fleet& fleet, std::uint16_t& main_port) {
  for (const Device& device : fleet.devices()) {
    const Settings& settings = *device.settings;
    if (settings.presence == Presence::refused || !refuses_http(settings)) continue;
    const std::uint16_t port = settings.port.value_or(main_port);
    const bool is_free_one = settings.port.has_value() && port == 0;
    if (device.endpoint.is_ipv6() || is_free_one || refused_.count(port) != 0) continue;
    const std::uint16_t taken = take({kAnyAddress, port});
    if (!settings.port) main_port = taken;
    refused_.insert(taken);
  }
}

Ports Listening::open_for(Fleet& fleet, Ports main) {
  reserve_refused(fleet, main.http);
  if (refused_.count(main.http) == 0) main.http = open(kAnyAddress, main.http);
  Ports ports{main.http, 0};
  for (Device& device : fleet.devices()) {
    const Settings& settings = *device.settings;
    const std::uint32_t ipv4 = device.endpoint.ipv4;
    device.endpoint.port = open_http(device, main.http);
    if (!device.tls) continue;
    if (settings.presence == Presence::refused) {
      device.tls->port = refusing_port(ipv4);
      continue;
    }
    device.tls->port = open(ipv4, settings.tls->port.value_or(main.tls));
    if (!settings.tls->port) ports.tls = main.tls = device.tls->port;
  }
  return ports;
}

}  // namespace sim
