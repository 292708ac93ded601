#include "server.hpp"

#include <event2/event.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "absence.hpp"
#include "device.hpp"
#include "event_util.hpp"
#include "fleet.hpp"
#include "http_request.hpp"
#include "request_log.hpp"
#include "responder.hpp"
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

/// Asking TCP about each connection costs too much where a benchmark holds a thousand.
constexpr std::size_t kMaxAsked = 64;

/// Connections that their clients have not ended. Those that they have ended can still be waiting
/// here to be read: a client that gives up and comes again must not seem to hold two.
std::size_t live_connections(const Device& device) {
  const auto& all = device.connections;
  if (all.size() <= 1 || all.size() > kMaxAsked) return all.size();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const Connection* c) { return c->has_client(); }));
}

}  // namespace

Server::Server(event_base* base, Fleet& fleet, RequestLog* log, std::uint64_t seed)
    : base_(base), fleet_(fleet), log_(log), seed_(seed), started_at_(monotonic_seconds()) {}

double Server::now() const {
  return monotonic_seconds() - started_at_;
}

void Server::accept(evutil_socket_t socket) {
  ++totals_.connections;
  const auto endpoint = local_endpoint(socket);
  Device* device = endpoint ? fleet_.find(*endpoint) : nullptr;
  if (device == nullptr) {
    ++totals_.strangers;
    close_with_reset(socket);
    return;
  }
  const auto away = absence(*device, now());
  if (away && away->delivery == Delivery::reset) {
    log_without_request(*device, away->reason, 0);
    close_with_reset(socket);
    return;
  }
  Connection& connection = connections_.emplace_front(*this, *device, socket);
  connection.self = connections_.begin();
  if (away) {
    connection.hang();
    log_without_request(*device, away->reason, 0);
  }
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
  ++totals_.requests;
  ++totals_.statuses[reply.status];
  judgement.open = live_connections(device);
  if (log_ != nullptr) log_->request(started_at_ + time, device, request, judgement, reply.status);
  return reply;
}

Reply Server::answer_garbage(Device& device) {
  Reply reply = respond_to_garbage(device);
  ++totals_.requests;
  ++totals_.statuses[reply.status];
  log_without_request(device, "bad request", reply.status);
  return reply;
}

void Server::opened(const Connection& connection) {
  Device& device = connection.device();
  device.connections.push_back(&connection);
  const auto open = static_cast<std::uint32_t>(live_connections(device));
  device.max_connections = std::max(device.max_connections, open);
  totals_.max_open = std::max(totals_.max_open, ++totals_.open);
}

void Server::closed(const Connection& connection) {
  auto& connections = connection.device().connections;
  connections.erase(std::find(connections.begin(), connections.end(), &connection));
  --totals_.open;
}

void Server::log_without_request(const Device& device, const char* reason, int status) {
  if (log_ == nullptr) return;
  Judgement judgement;
  judgement.fault = reason;
  judgement.open = live_connections(device);
  log_->request(started_at_ + now(), device, Request(), judgement, status);
}

}  // namespace sim
