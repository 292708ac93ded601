// The least that asking a fleet can cost on this kernel: non-blocking sockets and epoll, a
// connection a call as real devices demand, of the answer only the status and the length looked at.
// What stage3 takes is measured against it (rpc.py).

#include "raw_client.hpp"

namespace {

struct Place : bench::Place {
  bool is_sent = false;
};

class Client : public bench::RawClient<Place> {
 public:
  using RawClient::RawClient;

 private:
  void meet(Place& /*place*/) override {}
  void prepare(Place& place) override { place.is_sent = false; }

  void go_on(Place& place) override {
    if (place.is_sent)
      receive(place);
    else
      send_request(place);
  }

  void send_request(Place& place) {
    const std::string request = bench::request(fleet(), place.device, place.call);
    if (send(place.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      bench::fail(fleet(), place.device, "takes no request");
    place.is_sent = true;
    watch(place, EPOLL_CTL_MOD, EPOLLIN);
  }

  void receive(Place& place) {
    const ssize_t size =
        recv(place.fd, place.answer + place.size, sizeof place.answer - 1 - place.size, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) bench::fail(fleet(), place.device, "breaks off");
    place.size += static_cast<std::size_t>(size);
    place.answer[place.size] = '\0';
    if (is_answered(place)) end_call(place);
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of<Client>("raw-client", argc, argv);
}
