#include "tiny_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace stage3 {

namespace {

constexpr std::size_t kMostRepeated = 64 << 20;

sockaddr_in at_host(std::size_t host, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(host));
  return out;
}

/// The value behind "Content-Length:" and the like, as the tests' own client spells it.
std::string field_of(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

std::string Asked::field(const std::string& name) const {
  return field_of(head, name);
}

Sends http(int status, const std::string& body, const std::string& fields) {
  return {"HTTP/1.1 " + std::to_string(status) +
              " Word\r\nServer: ShellyHTTP/1.0.0\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n" + fields + "Connection: close\r\n\r\n" + body,
          Sends::Then::close,
          {}};
}

TinyServer::TinyServer(Answer answer, std::size_t hosts)
    : answer_(std::move(answer)), stop_(eventfd(0, EFD_CLOEXEC)) {
  constexpr int kTries = 20;
  for (int tries = 0; tries < kTries; ++tries) {
    if (!listen_everywhere(hosts)) continue;
    thread_ = std::thread([this] { serve(); });
    return;
  }
  throw std::runtime_error("no port is free at all addresses");
}

TinyServer::~TinyServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(stop_.get(), &one, sizeof one);
  thread_.join();
}

Address TinyServer::address(std::size_t host) const {
  const sockaddr_in socket = at_host(host, port_);
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &socket.sin_addr, text, sizeof text);
  return *Address::parse(text, port_);
}

std::vector<Asked> TinyServer::asked() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return asked_;
}

void TinyServer::settle() const {
  const std::lock_guard<std::mutex> lock(answering_);
}

std::size_t TinyServer::count(const std::string& target) const {
  std::size_t out = 0;
  for (const Asked& asked : asked())
    if (asked.target == target) ++out;
  return out;
}

bool TinyServer::listen_everywhere(std::size_t hosts) {
  listeners_.clear();
  port_ = 0;
  for (std::size_t host = 0; host < hosts; ++host) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int yes = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address = at_host(host, port_);
    socklen_t length = sizeof address;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) return false;
    if (listen(fd.get(), SOMAXCONN) != 0) return false;
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    listeners_.push_back(std::move(fd));
  }
  return true;
}

void TinyServer::serve() {
  while (true) {
    std::vector<pollfd> polled;
    polled.push_back({stop_.get(), POLLIN, 0});
    for (const UniqueFd& listener : listeners_)
      polled.push_back({listener.get(), POLLIN, 0});
    for (const Connection& connection : connections_)
      polled.push_back({connection.fd.get(),
                        static_cast<short>(connection.out.empty() ? POLLIN : POLLIN | POLLOUT), 0});
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) return;
    // Connections first: accepting changes their number.
    std::size_t at = 1 + listeners_.size();
    for (auto connection = connections_.begin(); connection != connections_.end(); ++at) {
      const bool stays = polled[at].revents == 0 || advance(*connection);
      connection = stays ? std::next(connection) : connections_.erase(connection);
    }
    for (std::size_t host = 0; host < listeners_.size(); ++host)
      if (polled[1 + host].revents != 0) accept_from(host);
  }
}

void TinyServer::accept_from(std::size_t host) {
  UniqueFd fd(accept4(listeners_[host].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  connections_.emplace_back();
  connections_.back().fd = std::move(fd);
  connections_.back().host = host;
  if (connections_.size() > most_open_) most_open_ = connections_.size();
}

/// False: the connection is over.
bool TinyServer::advance(Connection& connection) {
  const std::lock_guard<std::mutex> lock(answering_);
  std::array<char, 16384> buffer;
  const ssize_t size = recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
  if (size == 0) return false;
  if (size < 0 && errno != EAGAIN) return false;
  if (size > 0) connection.in.append(buffer.data(), static_cast<std::size_t>(size));
  if (!connection.answered && !take_request(connection)) return true;
  return send_some(connection);
}

/// False: the request is not whole yet.
bool TinyServer::take_request(Connection& connection) {
  const std::size_t end = connection.in.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  Asked asked;
  asked.host = connection.host;
  asked.head = connection.in.substr(0, end + 2);
  const std::string length = asked.field("Content-Length");
  const std::size_t expected = length.empty() ? 0 : std::stoul(length);
  if (connection.in.size() < end + 4 + expected) return false;
  asked.body = connection.in.substr(end + 4, expected);
  const std::size_t space = asked.head.find(' ');
  asked.method = asked.head.substr(0, space);
  asked.target = asked.head.substr(space + 1, asked.head.find(' ', space + 1) - space - 1);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    asked_.push_back(asked);
  }
  connection.sends = answer_(asked);
  connection.out = connection.sends.bytes;
  connection.answered = true;
  return true;
}

bool TinyServer::send_some(Connection& connection) {
  std::string& out = connection.out;
  if (out.empty() && connection.sends.then == Sends::Then::repeat &&
      connection.sent < kMostRepeated)
    out = connection.sends.repeated;
  const ssize_t size = send(connection.fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN;
  out.erase(0, static_cast<std::size_t>(size));
  connection.sent += static_cast<std::size_t>(size);
  if (!out.empty()) return true;
  switch (connection.sends.then) {
    case Sends::Then::hang:
      return true;
    case Sends::Then::repeat:
      out = connection.sends.repeated;
      return connection.sent < kMostRepeated;
    case Sends::Then::reset: {
      const linger at_once{1, 0};
      setsockopt(connection.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    }
    case Sends::Then::close:
      return false;
  }
  return false;
}

}  // namespace stage3
