#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <unordered_map>

#include <stage3/address.hpp>

#include "net/echo_socket.hpp"
#include "net/poller.hpp"

namespace stage3::net {

/// Pings any number of hosts at a time over one socket an address family. An answer counts only if
/// its source, sequence and secret are those of a ping that is still waited for. Belongs to one
/// thread.
class Pinger {
 public:
  /// Opens what this process may have; `poller` must outlive the pinger.
  explicit Pinger(Poller& poller);

  /// Sends one echo request. None: nothing can be said about the host this way (no permission, no
  /// room in the socket's buffer, no route); else a ticket for forget(). `owner` comes back with
  /// the answer.
  std::optional<std::uint16_t> ping(const Address& to, void* owner);

  /// How many pings are waited for.
  std::size_t count_waiting() const noexcept { return waiting_.size(); }

  /// No longer waits for this one.
  void forget(std::uint16_t ticket) noexcept;

  bool owns(int fd) const noexcept { return fd >= 0 && (fd == v4_.fd() || fd == v6_.fd()); }

  /// The owner of a ping that was answered on `fd`, or nullptr: no more for now. Its ticket is
  /// forgotten.
  void* next_answered(int fd) noexcept;
  /// The same, of whichever socket pings to `host` go through.
  void* next_answered(const Address& host) noexcept;

 private:
  void* next_answered(EchoSocket& socket) noexcept;

  struct Waiting {
    Address to;
    std::uint64_t cookie;
    void* owner;
  };

  EchoSocket v4_;
  EchoSocket v6_;
  std::mt19937_64 secrets_;
  std::uint16_t next_ticket_ = 0;
  std::unordered_map<std::uint16_t, Waiting> waiting_;
};

}  // namespace stage3::net
