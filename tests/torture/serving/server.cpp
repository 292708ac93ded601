#include "server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <csignal>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace serving {

namespace {

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

sockaddr_in local_address(evutil_socket_t socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

evconnlistener* listen(event_base* base, evconnlistener_cb callback, void* context) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  evconnlistener* const out =
      evconnlistener_new_bind(base, callback, context, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                              65535, reinterpret_cast<sockaddr*>(&any), sizeof any);
  if (out == nullptr) throw std::runtime_error("cannot listen");
  return out;
}

}  // namespace

double monotonic() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Script only(std::string bytes, Script::End end) {
  Script script;
  script.bytes = std::move(bytes);
  script.end = end;
  return script;
}

std::uint32_t read_address(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1)
    throw std::invalid_argument(text + ": no IPv4 address");
  return ntohl(address.s_addr);
}

Server::Server(Find find, bool by_tls, std::size_t flood_limit)
    : base_(event_base_new()), find_(std::move(find)), shared_{base_.get(), flood_limit} {
  if (by_tls) shared_.tls = &tls_.emplace();
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  devices_.reset(listen(base_.get(), &Server::on_connection, this));
  trap_.reset(listen(base_.get(), &Server::on_trapped, this));
}

Server::~Server() {
  while (!shared_.open.empty())
    delete *shared_.open.begin();
}

unsigned Server::port_of(evconnlistener* listener) {
  return ntohs(local_address(evconnlistener_get_fd(listener)).sin_port);
}

void Server::on_connection(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* self) {
  auto& server = *static_cast<Server*>(self);
  Peer* const peer = server.find_(ntohl(local_address(socket).sin_addr.s_addr));
  if (peer == nullptr)
    evutil_closesocket(socket);
  else
    new Connection(server.shared_, *peer, socket);  // deletes itself
}

void Server::on_trapped(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* self) {
  ++static_cast<Server*>(self)->trapped_;
  evutil_closesocket(socket);
}

void Server::run(double lifetime) {
  const auto stop = [](evutil_socket_t, short, void* base) {
    event_base_loopbreak(static_cast<event_base*>(base));
  };
  std::unique_ptr<event, Freed<event_free>> signals[2];
  signals[0].reset(evsignal_new(base_.get(), SIGTERM, stop, base_.get()));
  signals[1].reset(evsignal_new(base_.get(), SIGINT, stop, base_.get()));
  for (const auto& signal : signals)
    event_add(signal.get(), nullptr);
  const timeval time{static_cast<time_t>(lifetime), 0};
  event_base_loopexit(base_.get(), &time);
  event_base_dispatch(base_.get());
}

}  // namespace serving
