#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "net/http_client.hpp"
#include "net/poller.hpp"
#include "net/transfer.hpp"

namespace stage3 {

/// A reply whose texts outlive the call.
struct Answered {
  explicit Answered(const Reply& reply)
      : status(reply.status),
        body(reply.body),
        failure(reply.failure),
        detail(reply.detail),
        login_sent(reply.login_sent),
        declined(reply.declined) {}

  int status;
  std::string body;
  std::optional<Cause> failure;
  std::string detail;
  bool login_sent;
  std::string declined;
};

/// One device's calls, one after the other.
class Client {
 public:
  explicit Client(const Address& address) { transfer_.serve(address, this); }
  ~Client() { client_.abandon(transfer_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Answered call(const Call& call) {
    client_.start(transfer_, call);
    const auto end = net::Clock::now() + std::chrono::seconds(20);
    while (net::Clock::now() < end) {
      net::Poller::Event events[net::Poller::kMaxEvents];
      poller_.set_deadline(client_.deadline());
      const int count = poller_.wait(std::chrono::milliseconds(1000), events);
      for (int i = 0; i < count; ++i)
        client_.on_event(events[i]);
      client_.on_time(net::Clock::now());
      if (net::Transfer* const finished = client_.next_finished()) {
        CHECK(finished == &transfer_);
        CHECK(finished->owner() == this);
        return Answered(finished->reply());
      }
    }
    FAIL("the call does not end");
    return Answered(Reply());
  }
  Answered get(const std::string& target, std::optional<Login> login = std::nullopt,
               Duration timeout = std::chrono::seconds(10)) {
    return call(Call{target, "", timeout, std::move(login)});
  }

  net::HttpClient& http() { return client_; }
  net::Transfer& transfer() { return transfer_; }
  net::Poller& poller() { return poller_; }

 private:
  net::Poller poller_;
  net::HttpClient client_{poller_};
  net::Transfer transfer_;
};

}  // namespace stage3
