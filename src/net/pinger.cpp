#include "net/pinger.hpp"

namespace stage3::net {

namespace {

constexpr int kMaxForged = 32;  // read at a time: a flood of them must not keep the thread
constexpr std::size_t kMaxWaiting = 60000;  // of 65536 sequence numbers

bool is_same_host(const Address& a, const Address& b) {
  return a.is_v6() == b.is_v6() && a.bytes() == b.bytes();
}

}  // namespace

Pinger::Pinger(Poller& poller)
    : v4_(EchoSocket::open(EchoSocket::Family::v4)),
      v6_(EchoSocket::open(EchoSocket::Family::v6)),
      secrets_(std::random_device{}()) {
  if (v4_.is_open()) poller.watch(v4_.fd(), EPOLLIN);
  if (v6_.is_open()) poller.watch(v6_.fd(), EPOLLIN);
}

std::optional<std::uint16_t> Pinger::ping(const Address& to, void* owner) {
  EchoSocket& socket = to.is_v6() ? v6_ : v4_;
  if (!socket.is_open() || waiting_.size() >= kMaxWaiting) return std::nullopt;
  while (waiting_.count(next_ticket_) > 0)
    ++next_ticket_;
  const std::uint16_t ticket = next_ticket_++;
  const Waiting waiting{to, secrets_(), owner};
  if (!socket.send(to, ticket, waiting.cookie)) return std::nullopt;
  waiting_.emplace(ticket, waiting);
  return ticket;
}

void Pinger::forget(std::uint16_t ticket) noexcept {
  waiting_.erase(ticket);
}

void* Pinger::next_answered(int fd) noexcept {
  return next_answered(fd == v6_.fd() ? v6_ : v4_);
}

void* Pinger::next_answered(const Address& host) noexcept {
  return next_answered(host.is_v6() ? v6_ : v4_);
}

void* Pinger::next_answered(EchoSocket& socket) noexcept {
  for (int forged = 0; forged < kMaxForged; ++forged) {
    const auto echo = socket.receive();
    if (!echo) return nullptr;
    const auto found = waiting_.find(echo->sequence);
    if (found == waiting_.end()) continue;
    if (found->second.cookie != echo->cookie || !is_same_host(found->second.to, echo->from))
      continue;
    void* const owner = found->second.owner;
    waiting_.erase(found);
    return owner;
  }
  return nullptr;
}

}  // namespace stage3::net
