// The least that asking a fleet can cost on this kernel: non-blocking sockets and epoll, a
// connection a call as real devices demand, of the answer only the status and the length looked at.
// What stage3 takes is measured against it (rpc.py).

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "raw_sockets.hpp"

namespace {

constexpr int kEvents = 64;

/// A place for one device in flight.
struct Place {
  unsigned device = 0;
  unsigned call = 0;
  int fd = -1;
  bool is_sent = false;
  std::size_t size = 0;
  char answer[2048];
};

class Client {
 public:
  explicit Client(const bench::Fleet& fleet)
      : fleet_(fleet),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        places_(std::min(fleet.in_flight, fleet.devices)) {
    if (epoll_ < 0) throw std::runtime_error("no epoll descriptor");
  }

  ~Client() { close(epoll_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void run() {
    for (Place& place : places_)
      begin_device(place);
    epoll_event events[kEvents];
    while (busy_ > 0) {
      const int count = epoll_wait(epoll_, events, kEvents, -1);
      if (count < 0 && errno != EINTR) throw std::runtime_error("cannot wait");
      for (int i = 0; i < count; ++i)
        go_on(*static_cast<Place*>(events[i].data.ptr));
    }
    bench::tell(answered_);
  }

 private:
  void begin_device(Place& place) {
    if (next_ == fleet_.devices) return;
    place.device = next_++;
    place.call = 0;
    ++busy_;
    connect_to(place);
  }

  void connect_to(Place& place) {
    place.is_sent = false;
    place.size = 0;
    place.fd = bench::connect_to(fleet_, place.device);
    bench::watch(epoll_, EPOLL_CTL_ADD, place.fd, EPOLLOUT, &place);
  }

  void go_on(Place& place) {
    if (place.is_sent)
      receive(place);
    else
      send_request(place);
  }

  void send_request(Place& place) {
    const std::string request = bench::request(fleet_, place.device, place.call);
    if (send(place.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      bench::fail(fleet_, place.device, "takes no request");
    place.is_sent = true;
    bench::watch(epoll_, EPOLL_CTL_MOD, place.fd, EPOLLIN, &place);
  }

  void receive(Place& place) {
    const ssize_t size =
        recv(place.fd, place.answer + place.size, sizeof place.answer - 1 - place.size, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) bench::fail(fleet_, place.device, "breaks off");
    place.size += static_cast<std::size_t>(size);
    place.answer[place.size] = '\0';
    const std::string_view answer(place.answer, place.size);
    if (!bench::is_complete(answer)) return;
    if (answer.substr(9, 3) != "200") bench::fail(fleet_, place.device, "answers with an error");
    end_call(place);
  }

  void end_call(Place& place) {
    close(place.fd);
    ++answered_;
    if (++place.call < bench::kCalls) {
      connect_to(place);
      return;
    }
    --busy_;
    begin_device(place);
  }

  const bench::Fleet fleet_;
  const int epoll_;
  std::vector<Place> places_;
  unsigned next_ = 0;
  unsigned busy_ = 0;
  unsigned answered_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  Client(bench::parse_fleet(argc, argv)).run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "raw-client: %s\n", error.what());
  return 2;
}
