#include "tls_server.hpp"

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include <utility>

#include "broken_handshake.hpp"
#include "chance.hpp"
#include "device.hpp"
#include "identities.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

const char* version_of(const SSL& ssl) {
  switch (SSL_version(&ssl)) {
    case TLS1_VERSION:
      return "1.0";
    case TLS1_1_VERSION:
      return "1.1";
    case TLS1_2_VERSION:
      return "1.2";
    default:
      return "1.3";
  }
}

double delay_of(const Device& device, std::uint64_t seed) {
  const Latency& latency = device.settings->tls->handshake;
  return latency.at(draw(seed, device.index, kRpcCount, device.tls->handshakes_begun));
}

}  // namespace

TlsServer::TlsServer(Server& server, Identities& identities)
    : server_(server),
      identities_(identities),
      steps_{[this](Handshake& handshake) { begin(handshake); },
             [this](Handshake& handshake) { complete(handshake); },
             [this](Handshake& handshake) { fail(handshake); }} {}

void TlsServer::accept(Device& device, evutil_socket_t socket) {
  Handshake& handshake = handshakes_.emplace_front(server_, device, socket, steps_);
  handshake.self = handshakes_.begin();
}

void TlsServer::begin(Handshake& handshake) {
  Device& device = handshake.device();
  ++device.tls->handshakes_begun;
  const double now = server_.now();
  handshake.key_fault = key_fault(device, now);
  if (const TlsFault* fault = handshake_fault(device, now)) {
    spoil(handshake, *fault);
    return;
  }
  handshake.go_on(layer_.serve(device, identities_.of(device, handshake.key_fault)),
                  delay_of(device, server_.seed()));
}

void TlsServer::spoil(Handshake& handshake, const TlsFault& fault) {
  Device& device = handshake.device();
  const TlsFault* const key = handshake.key_fault;
  const Transport transport{device.tls->port, nullptr, false, log_name_of(fault.kind)};
  BufferPtr buffer = handshake.release();
  handshakes_.erase(handshake.self);
  if (fault.kind == TlsFaultKind::http) {
    server_.serve(device, std::move(buffer), transport);
    return;
  }
  server_.log_without_request(device, transport, transport.fault, 0);
  server_.connect(device, std::move(buffer), [this, &device, &fault, key](std::string_view hello) {
    return break_handshake(fault, hello,
                           [&] { return layer_.serve(device, identities_.of(device, key)); });
  });
}

void TlsServer::complete(Handshake& handshake) {
  Device& device = handshake.device();
  const TlsFault* const key = handshake.key_fault;
  BufferPtr buffer = handshake.release();
  handshakes_.erase(handshake.self);
  SSL& ssl = *bufferevent_openssl_get_ssl(buffer.get());
  const bool is_resumed = SSL_session_reused(&ssl) == 1;
  ++device.tls->handshakes_completed;
  if (is_resumed) ++device.tls->handshakes_resumed;
  server_.serve(device, std::move(buffer),
                {device.tls->port, version_of(ssl), is_resumed,
                 key != nullptr ? log_name_of(key->kind) : nullptr});
}

void TlsServer::fail(Handshake& handshake) {
  Device& device = handshake.device();
  const bool has_begun = handshake.has_begun();
  handshakes_.erase(handshake.self);
  ERR_clear_error();
  if (has_begun) {
    server_.log_without_request(device, {device.tls->port}, "handshake failed", 0);
  }
}

}  // namespace sim
