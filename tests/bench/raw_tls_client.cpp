// The least that asking a fleet by TLS can cost with OpenSSL: what raw_client.cpp is for plain
// HTTP, with one context for all, a connection a call, and a device's second call in the session of
// its first. Whatever a certificate says is taken. What stage3 takes is measured against it
// (tls.py).

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "raw_sockets.hpp"

namespace {

constexpr int kEvents = 64;

struct FreeOpenssl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenssl>;

Owned<SSL_CTX> make_context() {
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::runtime_error("no TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  // A session is kept by its device's place, not by address.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

/// A place for one device in flight.
struct Place {
  unsigned device = 0;
  unsigned call = 0;
  int fd = -1;
  std::uint32_t watched = 0;
  Owned<SSL> connection;
  Owned<SSL_SESSION> session;
  bool is_secured = false;
  std::size_t size = 0;
  char answer[2048];
};

class Client {
 public:
  explicit Client(const bench::Fleet& fleet)
      : fleet_(fleet),
        context_(make_context()),
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
    std::printf("{\"answered\": %u, \"resumed\": %u}\n", answered_, resumed_);
  }

 private:
  void begin_device(Place& place) {
    if (next_ == fleet_.devices) return;
    place.device = next_++;
    place.call = 0;
    place.session.reset();
    ++busy_;
    connect_to(place);
  }

  void connect_to(Place& place) {
    place.is_secured = false;
    place.size = 0;
    place.fd = bench::connect_to(fleet_, place.device);
    place.connection.reset(SSL_new(context_.get()));
    if (!place.connection || SSL_set_fd(place.connection.get(), place.fd) != 1)
      throw std::runtime_error("no TLS connection");
    if (place.session) SSL_set_session(place.connection.get(), place.session.get());
    place.watched = EPOLLOUT;
    bench::watch(epoll_, EPOLL_CTL_ADD, place.fd, place.watched, &place);
  }

  void wait_for(Place& place, std::uint32_t what) {
    if (place.watched == what) return;
    place.watched = what;
    bench::watch(epoll_, EPOLL_CTL_MOD, place.fd, what, &place);
  }

  void go_on(Place& place) {
    if (place.is_secured)
      receive(place);
    else
      shake_hands(place);
  }

  void shake_hands(Place& place) {
    const int done = SSL_connect(place.connection.get());
    if (done != 1) {
      wait_as_wanted(place, done, "shakes no hands");
      return;
    }
    place.is_secured = true;
    if (SSL_session_reused(place.connection.get()) == 1) ++resumed_;
    const std::string request = bench::request(fleet_, place.device, place.call);
    const int size = static_cast<int>(request.size());
    if (SSL_write(place.connection.get(), request.data(), size) != size)
      bench::fail(fleet_, place.device, "takes no request");
    wait_for(place, EPOLLIN);
  }

  void receive(Place& place) {
    const auto room = static_cast<int>(sizeof place.answer - place.size);
    const int size = SSL_read(place.connection.get(), place.answer + place.size, room);
    if (size <= 0) {
      wait_as_wanted(place, size, "breaks off");
      return;
    }
    place.size += static_cast<std::size_t>(size);
    const std::string_view answer(place.answer, place.size);
    if (!bench::is_complete(answer)) {
      // The rest may be in the connection already, where no descriptor tells of it.
      receive(place);
      return;
    }
    if (answer.substr(9, 3) != "200") bench::fail(fleet_, place.device, "answers with an error");
    end_call(place);
  }

  void wait_as_wanted(Place& place, int result, const char* otherwise) {
    const int wanted = SSL_get_error(place.connection.get(), result);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE)
      bench::fail(fleet_, place.device, otherwise);
    wait_for(place, wanted == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
  }

  void end_call(Place& place) {
    place.session.reset(SSL_get1_session(place.connection.get()));
    // A connection that is left without it takes its session along.
    SSL_shutdown(place.connection.get());
    ERR_clear_error();
    place.connection.reset();
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
  const Owned<SSL_CTX> context_;
  const int epoll_;
  std::vector<Place> places_;
  unsigned next_ = 0;
  unsigned busy_ = 0;
  unsigned answered_ = 0;
  unsigned resumed_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  Client(bench::parse_fleet(argc, argv)).run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "raw-tls-client: %s\n", error.what());
  return 2;
}
