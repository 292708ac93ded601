// How the clients without libcurl go through a fleet: with epoll, a connection a call.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "raw_sockets.hpp"

namespace bench {

/// A place for one device in flight.
struct Place {
  unsigned device = 0;
  unsigned call = 0;
  int fd = -1;
  std::size_t size = 0;
  char answer[2048];
};

/// `P` is a Place with what the client needs besides. How it talks is the client's.
template <class P>
class RawClient {
 public:
  explicit RawClient(const Fleet& fleet)
      : fleet_(fleet),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        places_(std::min(fleet.in_flight, fleet.devices)) {
    if (epoll_ < 0) throw std::runtime_error("no epoll descriptor");
  }
  virtual ~RawClient() { close(epoll_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// Asks all devices.
  void run() {
    constexpr int kEvents = 64;
    for (P& place : places_)
      begin_device(place);
    epoll_event events[kEvents];
    while (busy_ > 0) {
      const int count = epoll_wait(epoll_, events, kEvents, -1);
      if (count < 0 && errno != EINTR) throw std::runtime_error("cannot wait");
      for (int i = 0; i < count; ++i)
        go_on(*static_cast<P*>(events[i].data.ptr));
    }
    tell();
  }

 protected:
  /// Before the first call of a device, and before each.
  virtual void meet(P& place) = 0;
  virtual void prepare(P& place) = 0;
  /// Something can be sent or received.
  virtual void go_on(P& place) = 0;
  virtual void tell() const { bench::tell(answered_); }

  /// With what has been received: whether the call is over, and well.
  bool is_answered(const P& place) const {
    const std::string_view answer(place.answer, place.size);
    if (!is_complete(answer)) return false;
    if (answer.substr(9, 3) != "200") fail(fleet_, place.device, "answers with an error");
    return true;
  }

  void end_call(P& place) {
    close(place.fd);
    ++answered_;
    if (++place.call < kCalls) {
      connect(place);
      return;
    }
    --busy_;
    begin_device(place);
  }

  void watch(P& place, int operation, std::uint32_t what) {
    bench::watch(epoll_, operation, place.fd, what, &place);
  }

  const Fleet& fleet() const { return fleet_; }
  unsigned answered() const { return answered_; }

 private:
  void begin_device(P& place) {
    if (next_ == fleet_.devices) return;
    place.device = next_++;
    place.call = 0;
    ++busy_;
    meet(place);
    connect(place);
  }

  void connect(P& place) {
    place.size = 0;
    place.fd = connect_to(fleet_, place.device);
    prepare(place);
    watch(place, EPOLL_CTL_ADD, EPOLLOUT);
  }

  const Fleet fleet_;
  const int epoll_;
  std::vector<P> places_;
  unsigned next_ = 0;
  unsigned busy_ = 0;
  unsigned answered_ = 0;
};

}  // namespace bench
