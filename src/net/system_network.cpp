#include "net/system_network.hpp"

#include <algorithm>

namespace stage3::net {

SystemNetwork::SystemNetwork(const TimeSource& time, int cancel_fd, const std::string& tls_ca)
    : time_(time), cancel_fd_(cancel_fd), pinger_(poller_), client_(time, poller_, tls_ca) {
  poller_.watch(cancel_fd, EPOLLIN);
}

void SystemNetwork::set_deadline(std::optional<Clock::time_point> deadline) {
  const auto own = client_.deadline();
  poller_.set_deadline(own && deadline ? std::min(*own, *deadline) : own ? own : deadline);
  poller_.arm();
}

void SystemNetwork::wait(std::optional<std::chrono::milliseconds> timeout) {
  event_ = events_end_ = events_;
  events_end_ += poller_.wait(timeout, events_);
  client_.on_time(time_.now());
}

/// What is left of the events is reported again by the next wait.
std::optional<Network::Event> SystemNetwork::take_event() {
  if (event_ == events_end_) return std::nullopt;
  if (pinger_.owns(event_->fd)) {
    void* const answered = pinger_.next_answered(event_->fd);
    if (answered == nullptr) ++event_;
    return Event{answered};
  }
  const Poller::Event event = *event_++;
  if (event.fd == cancel_fd_)
    poller_.forget(event.fd);
  else
    client_.on_event(event);
  return Event{};
}

std::unique_ptr<Transfer> SystemNetwork::make_transfer() {
  return std::make_unique<HttpTransfer>(client_);
}

}  // namespace stage3::net
