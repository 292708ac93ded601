#pragma once

#include "net/http_client.hpp"
#include "net/network.hpp"
#include "net/pinger.hpp"
#include "net/poller.hpp"

namespace stage3::net {

/// The network that this machine is in: HTTP by libcurl, ICMP echo, epoll.
class SystemNetwork final : public Network {
 public:
  /// `time` and `tls_ca` must outlive it; for the latter see Platform. `cancel_fd` makes wait()
  /// return once, as soon as it is readable. Throws Error(Errc::system).
  SystemNetwork(const TimeSource& time, int cancel_fd, const std::string& tls_ca);

  int fd() const noexcept override { return poller_.fd(); }
  void wake() noexcept override { poller_.wake(); }
  void set_deadline(std::optional<Clock::time_point> deadline) override;
  void wait(std::optional<std::chrono::milliseconds> timeout) override;

  std::optional<Event> take_event() override;
  bool end_overdue_call() override { return client_.end_overdue(time_.now()); }
  Transfer* next_finished() override { return client_.next_finished(); }

  std::unique_ptr<Transfer> make_transfer() override;
  std::optional<std::uint16_t> ping(const Address& to, void* owner) override {
    return pinger_.ping(to, owner);
  }
  void forget_ping(std::uint16_t ticket) noexcept override { pinger_.forget(ticket); }
  std::size_t count_pings() const noexcept override { return pinger_.count_waiting(); }
  void* next_answered(const Address& host) noexcept override { return pinger_.next_answered(host); }

 private:
  const TimeSource& time_;
  const int cancel_fd_;
  Poller poller_;
  Pinger pinger_;
  HttpClient client_;
  Poller::Event events_[Poller::kMaxEvents]{};
  /// The next one to be taken.
  Poller::Event* event_ = events_;
  Poller::Event* events_end_ = events_;
};

}  // namespace stage3::net
