#include "net/poller.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <stage3/error.hpp>

#include <thread>
#include <vector>

using namespace stage3;
using namespace std::chrono_literals;
using net::Poller;

namespace {

bool is_readable(int fd, int milliseconds = 0) {
  pollfd polled{fd, POLLIN, 0};
  return poll(&polled, 1, milliseconds) == 1;
}

UniqueFd an_event(unsigned value) {
  return UniqueFd(eventfd(value, EFD_NONBLOCK | EFD_CLOEXEC));
}

}  // namespace

TEST_CASE("nothing due") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  CHECK_FALSE(is_readable(poller.fd()));
  CHECK(poller.wait(0ms, events) == 0);
  CHECK(poller.wait(-5ms, events) == 0);
}

TEST_CASE("a descriptor is told until it is forgotten") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  const UniqueFd ready = an_event(1);
  poller.watch(ready.get(), EPOLLIN);
  for (int i = 0; i < 2; ++i) {
    CHECK(is_readable(poller.fd()));
    REQUIRE(poller.wait(std::nullopt, events) == 1);
    CHECK(events[0].fd == ready.get());
    CHECK(events[0].events == EPOLLIN);
  }
  poller.watch(ready.get(), EPOLLIN | EPOLLOUT);
  REQUIRE(poller.wait(0ms, events) == 1);
  CHECK(events[0].events == (EPOLLIN | EPOLLOUT));
  poller.forget(ready.get());
  CHECK_FALSE(is_readable(poller.fd()));
  CHECK(poller.wait(0ms, events) == 0);
}

TEST_CASE("a descriptor is watched whatever its owner believes") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  const UniqueFd ready = an_event(1);
  for (const bool is_watched : {true, false, true}) {
    poller.watch(ready.get(), is_watched ? EPOLLIN : EPOLLOUT, is_watched);
    REQUIRE(poller.wait(0ms, events) == 1);
    CHECK(events[0].events == (is_watched ? EPOLLIN : EPOLLOUT));
  }
}

TEST_CASE("descriptors that are gone are tolerated, and can come back") {
  Poller poller;
  poller.forget(-1);
  poller.forget(poller.fd());
  UniqueFd event = an_event(1);
  const int number = event.get();
  poller.watch(number, EPOLLIN);
  event.reset();
  poller.forget(number);
  event = an_event(1);
  poller.watch(event.get(), EPOLLIN);
  Poller::Event events[Poller::kMaxEvents];
  CHECK(poller.wait(0ms, events) == 1);
  CHECK_THROWS_AS(poller.watch(-1, EPOLLIN), Error);
}

TEST_CASE("more ready descriptors than one wait tells are told by the next") {
  Poller poller;
  std::vector<UniqueFd> ready;
  for (int i = 0; i < Poller::kMaxEvents + 3; ++i) {
    ready.push_back(an_event(1));
    poller.watch(ready.back().get(), EPOLLIN);
  }
  Poller::Event events[Poller::kMaxEvents];
  CHECK(poller.wait(0ms, events) == Poller::kMaxEvents);
  CHECK(is_readable(poller.fd()));
}

TEST_CASE("a deadline ends the wait and makes the descriptor readable") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  const auto begin = Clock::now();
  poller.set_deadline(begin + 20ms);
  CHECK(poller.wait(std::nullopt, events) == 0);
  CHECK(Clock::now() - begin >= 19ms);
  poller.set_deadline(std::nullopt);
  CHECK(poller.wait(0ms, events) == 0);
  CHECK_FALSE(is_readable(poller.fd(), 30));

  poller.set_deadline(Clock::now() + 10ms);
  poller.arm();
  CHECK(is_readable(poller.fd(), 5000));
}

TEST_CASE("a deadline may come earlier, and may lie in the past") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  poller.set_deadline(Clock::now() + 1h);
  poller.arm();
  CHECK_FALSE(is_readable(poller.fd()));
  for (const auto time : {Clock::now() + 1ms, Clock::now() - 1h, Clock::time_point()}) {
    poller.set_deadline(time);
    poller.arm();
    CHECK(is_readable(poller.fd(), 5000));
    poller.set_deadline(std::nullopt);
    CHECK(poller.wait(0ms, events) == 0);
    CHECK_FALSE(is_readable(poller.fd()));
  }
}

TEST_CASE("wake ends a wait, also one that has not begun") {
  Poller poller;
  Poller::Event events[Poller::kMaxEvents];
  poller.wake();
  poller.wake();
  CHECK(is_readable(poller.fd()));
  CHECK(poller.wait(std::nullopt, events) == 0);
  CHECK_FALSE(is_readable(poller.fd()));

  std::thread waker([&] { poller.wake(); });
  CHECK(poller.wait(std::nullopt, events) == 0);
  waker.join();
}
