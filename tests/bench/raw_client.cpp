// The least that asking a fleet can cost on this kernel: non-blocking sockets and epoll, a
// connection a call as real devices demand, of the answer only the status and the length looked at.
// What stage3 takes is measured against it (rpc.py).

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "fleet_client.hpp"

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

/// Whether the headers are there, and as many bytes behind them as they say.
bool is_complete(std::string_view answer) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t end = answer.find(kEnd);
  if (end == std::string_view::npos) return false;
  const std::size_t length = answer.substr(0, end).find(kLength);
  if (length == std::string_view::npos) return false;
  const auto wanted = std::strtoul(answer.data() + length + kLength.size(), nullptr, 10);
  return answer.size() - end - kEnd.size() >= wanted;
}

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
    place.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(fleet_.port);
    address.sin_addr.s_addr = htonl(fleet_.address(place.device));
    if (place.fd < 0) throw std::runtime_error("no socket: raise the limit of open files");
    if (connect(place.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
      fail(place, "refuses the connection");
    watch(place, EPOLL_CTL_ADD, EPOLLOUT);
  }

  void watch(Place& place, int operation, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = &place;
    if (epoll_ctl(epoll_, operation, place.fd, &event) != 0)
      throw std::runtime_error("cannot watch a socket");
  }

  void go_on(Place& place) {
    if (place.is_sent)
      receive(place);
    else
      send_request(place);
  }

  void send_request(Place& place) {
    char request[256];
    const int size = std::snprintf(
        request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%u\r\nAccept: */*\r\n\r\n",
        bench::kPaths[place.call], bench::text_of(fleet_.address(place.device)).c_str(),
        static_cast<unsigned>(fleet_.port));
    if (send(place.fd, request, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size)
      fail(place, "takes no request");
    place.is_sent = true;
    watch(place, EPOLL_CTL_MOD, EPOLLIN);
  }

  void receive(Place& place) {
    const ssize_t size =
        recv(place.fd, place.answer + place.size, sizeof place.answer - 1 - place.size, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) fail(place, "breaks off");
    place.size += static_cast<std::size_t>(size);
    place.answer[place.size] = '\0';
    const std::string_view answer(place.answer, place.size);
    if (!is_complete(answer)) return;
    if (answer.substr(9, 3) != "200") fail(place, "answers with an error");
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

  [[noreturn]] void fail(const Place& place, const char* what) const {
    throw std::runtime_error(bench::text_of(fleet_.address(place.device)) + ' ' + what);
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
