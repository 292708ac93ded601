#include "server.hpp"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "absence.hpp"
#include "device.hpp"
#include "event_util.hpp"
#include "fleet.hpp"
#include "http_request.hpp"
#include "request_log.hpp"
#include "responder.hpp"
#include "tls_state.hpp"
#include "update_cycle.hpp"

namespace sim {
namespace {

double monotonic_seconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::optional<Endpoint> local_endpoint(evutil_socket_t socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(socket, address, &size) != 0) return std::nullopt;
  return loopback_endpoint(*address);
}

void close_with_reset(evutil_socket_t socket) {
  reset_on_close(socket);
  evutil_closesocket(socket);
}

/// The client has neither closed nor reset the connection, as far as TCP knows.
bool has_client(evutil_socket_t socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_ESTABLISHED;
}

/// Asking TCP about each connection costs too much where a benchmark holds a thousand.
constexpr std::size_t kMaxAsked = 64;

/// Connections that their clients have not ended. Those that they have ended can still be waiting
/// here to be read: a client that gives up and comes again must not seem to hold two.
std::size_t live_connections(const Device& device) {
  const auto& all = device.sockets;
  if (all.size() <= 1 || all.size() > kMaxAsked) return all.size();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), &has_client));
}

}  // namespace

Server::Server(event_base* base, Fleet& fleet, Identities& identities, RequestLog* log,
               std::uint64_t seed)
    : base_(base),
      fleet_(fleet),
      log_(log),
      seed_(seed),
      started_at_(monotonic_seconds()),
      tls_(*this, identities) {
  totals_.started_at = started_at_;
}

double Server::now() const {
  return monotonic_seconds() - started_at_;
}

void Server::accept(evutil_socket_t socket) {
  ++totals_.connections;
  const auto endpoint = local_endpoint(socket);
  const Place place = endpoint ? fleet_.find(*endpoint) : Place();
  if (place.device == nullptr) {
    ++totals_.strangers;
    close_with_reset(socket);
    return;
  }
  Device& device = *place.device;
  const Transport transport{endpoint->port};
  const auto away = absence(device, now());
  if (away) log_without_request(device, transport, away->reason, 0);
  if (away && away->delivery == Delivery::reset) {
    close_with_reset(socket);
  } else if (place.is_tls && !away) {
    tls_.accept(device, socket);
  } else {
    BufferPtr buffer(bufferevent_socket_new(base_, socket, BEV_OPT_CLOSE_ON_FREE));
    if (away) {
      connect(device, std::move(buffer), {}).hang();
    } else {
      serve(device, std::move(buffer), transport);
    }
  }
}

Connection& Server::connect(Device& device, BufferPtr buffer, Connection::Answerer answerer) {
  Connection& connection =
      connections_.emplace_front(*this, device, std::move(buffer), std::move(answerer));
  connection.self = connections_.begin();
  return connection;
}

void Server::serve(Device& device, BufferPtr buffer, const Transport& transport) {
  connect(device, std::move(buffer), [this, &device, transport](std::string_view bytes) {
    return answer_bytes(device, transport, bytes);
  });
}

std::optional<Reply> Server::answer_bytes(Device& device, const Transport& transport,
                                          std::string_view bytes) {
  Request request;
  switch (parse_request(bytes, request)) {
    case ParseState::incomplete:
      return std::nullopt;
    case ParseState::bad:
      return answer_garbage(device, transport);
    case ParseState::complete:
      break;
  }
  request.transport = transport;
  return answer(device, request);
}

void Server::settle_fleet() {
  for (Device& device : fleet_.devices())
    settle(device, now());
}

Reply Server::answer(Device& device, const Request& request) {
  const double time = now();
  Judgement judgement;
  Reply reply;
  if (const auto away = absence(device, time)) {
    reply.delivery = away->delivery;
    judgement.fault = away->reason;
  } else {
    reply = respond(device, request, time, seed_, judgement);
    ++totals_.rpcs[index_of(judgement.rpc)];
  }
  count(device, request.transport, reply.status);
  judgement.open = live_connections(device);
  if (judgement.fault == nullptr) judgement.fault = request.transport.fault;
  if (log_ != nullptr) log_->request(started_at_ + time, device, request, judgement, reply.status);
  return reply;
}

Reply Server::answer_garbage(Device& device, const Transport& transport) {
  Reply reply = respond_to_garbage(device);
  count(device, transport, reply.status);
  log_without_request(device, transport, "bad request", reply.status);
  return reply;
}

void Server::count(Device& device, const Transport& transport, int status) {
  ++totals_.requests;
  ++totals_.statuses[status];
  if (transport.tls == nullptr) ++totals_.requests_in_clear;
  if (!device.tls) return;
  ++(transport.tls != nullptr ? device.tls->requests : device.tls->requests_in_clear);
}

void Server::opened(Device& device, evutil_socket_t socket) {
  device.sockets.push_back(socket);
  const auto open = static_cast<std::uint32_t>(live_connections(device));
  device.max_connections = std::max(device.max_connections, open);
  totals_.max_open = std::max(totals_.max_open, ++totals_.open);
}

void Server::closed(Device& device, evutil_socket_t socket) {
  auto& sockets = device.sockets;
  sockets.erase(std::find(sockets.begin(), sockets.end(), socket));
  --totals_.open;
}

void Server::log_without_request(const Device& device, const Transport& transport,
                                 const char* reason, int status) {
  if (log_ == nullptr) return;
  Judgement judgement;
  judgement.fault = reason;
  judgement.open = live_connections(device);
  Request request;
  request.transport = transport;
  log_->request(started_at_ + now(), device, request, judgement, status);
}

}  // namespace sim
