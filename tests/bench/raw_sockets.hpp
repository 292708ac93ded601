// What the clients without libcurl have in common: a non-blocking connection, a request, and as
// much of an answer as says that it is there.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "fleet_client.hpp"

namespace bench {

[[noreturn]] inline void fail(const Fleet& fleet, unsigned device, const char* what) {
  throw std::runtime_error(text_of(fleet.address(device)) + ' ' + what);
}

/// A socket that has begun to connect to a device.
inline int connect_to(const Fleet& fleet, unsigned device) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket: raise the limit of open files");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(fleet.port);
  address.sin_addr.s_addr = htonl(fleet.address(device));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS)
    fail(fleet, device, "refuses the connection");
  return fd;
}

/// `place` comes back with the event.
inline void watch(int epoll, int operation, int fd, std::uint32_t what, void* place) {
  epoll_event event{};
  event.events = what;
  event.data.ptr = place;
  if (epoll_ctl(epoll, operation, fd, &event) != 0)
    throw std::runtime_error("cannot watch a socket");
}

inline std::string request(const Fleet& fleet, unsigned device, unsigned call) {
  return std::string("GET ") + kPaths[call] +
         " HTTP/1.1\r\nHost: " + text_of(fleet.address(device)) + ':' + std::to_string(fleet.port) +
         "\r\nAccept: */*\r\n\r\n";
}

/// Whether the headers are there, and as many bytes behind them as they say. `answer` lies in a
/// larger array.
inline bool is_complete(std::string_view answer) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t end = answer.find(kEnd);
  if (end == std::string_view::npos) return false;
  const std::size_t length = answer.substr(0, end).find(kLength);
  if (length == std::string_view::npos) return false;
  const auto wanted = std::strtoul(answer.data() + length + kLength.size(), nullptr, 10);
  return answer.size() - end - kEnd.size() >= wanted;
}

}  // namespace bench
