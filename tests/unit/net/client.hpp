#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "../patience.hpp"
#include "net/http_client.hpp"
#include "net/http_transfer.hpp"
#include "net/poller.hpp"
#include "tiny_server.hpp"

namespace stage3 {

/// A reply whose texts outlive the call.
struct Answered {
  explicit Answered(const Reply& reply)
      : status(reply.status),
        body(reply.body),
        failure(reply.failure),
        detail(reply.detail),
        challenges(reply.challenges.begin(), reply.challenges.end()) {}

  int status;
  std::string body;
  std::optional<Cause> failure;
  std::string detail;
  std::vector<std::string> challenges;
};

/// One device's calls, one after the other.
class Client {
 public:
  explicit Client(const Address& address) { transfer_.serve(address, this); }
  ~Client() { transfer_.abandon(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Answered call(const Call& call) {
    transfer_.start(call);
    const auto end = Clock::now() + kPatience;
    while (Clock::now() < end) {
      turn();
      client_.end_overdue(Clock::now());
      if (net::Transfer* const finished = client_.next_finished()) {
        CHECK(finished == &transfer_);
        CHECK(finished->owner() == this);
        return Answered(finished->reply());
      }
    }
    FAIL("the call does not end");
    return Answered(Reply());
  }
  Answered get(const std::string& target, const std::string& authorization = {},
               Duration timeout = kPatience) {
    return call(Call{target, "", timeout, authorization});
  }

  /// Waits for events, at most until something is due, and passes them on.
  void turn() {
    net::Poller::Event events[net::Poller::kMaxEvents];
    poller_.set_deadline(client_.deadline());
    const int count = poller_.wait(std::chrono::milliseconds(1000), events);
    for (int i = 0; i < count; ++i)
      client_.on_event(events[i]);
    client_.on_time(Clock::now());
  }

  net::HttpClient& http() { return client_; }
  net::HttpTransfer& transfer() { return transfer_; }
  net::Poller& poller() { return poller_; }

 private:
  net::Poller poller_;
  const std::string no_ca_;
  net::HttpClient client_{system_time(), poller_, no_ca_};
  net::HttpTransfer transfer_{client_};
};

/// What a client gets from a server that answers everything like this.
inline Answered get_from(const Sends& sends, Duration timeout = kPatience) {
  TinyServer server([&](const Asked&) { return sends; });
  return Client(server.address()).get("/x", {}, timeout);
}

inline Sends raw(const std::string& bytes, Sends::Then then = Sends::Then::close) {
  return {bytes, then, {}};
}

}  // namespace stage3
