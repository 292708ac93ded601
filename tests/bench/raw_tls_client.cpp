// The least that asking a fleet by TLS can cost with OpenSSL: what raw_client.cpp is for plain
// HTTP, with one context for all, a connection a call, and a device's second call in the session of
// its first. Whatever a certificate says is taken. What stage3 takes is measured against it
// (tls.py).

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "raw_client.hpp"

namespace {

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

struct Place : bench::Place {
  std::uint32_t watched = 0;
  Owned<SSL> connection;
  Owned<SSL_SESSION> session;
  bool is_secured = false;
};

class Client : public bench::RawClient<Place> {
 public:
  explicit Client(const bench::Fleet& fleet) : RawClient(fleet), context_(make_context()) {}

 private:
  void meet(Place& place) override { place.session.reset(); }

  void prepare(Place& place) override {
    place.is_secured = false;
    place.connection.reset(SSL_new(context_.get()));
    if (!place.connection || SSL_set_fd(place.connection.get(), place.fd) != 1)
      throw std::runtime_error("no TLS connection");
    if (place.session) SSL_set_session(place.connection.get(), place.session.get());
    place.watched = EPOLLOUT;
  }

  void go_on(Place& place) override {
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
    const std::string request = bench::request(fleet(), place.device, place.call);
    const int size = static_cast<int>(request.size());
    if (SSL_write(place.connection.get(), request.data(), size) != size)
      bench::fail(fleet(), place.device, "takes no request");
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
    if (is_answered(place))
      leave(place);
    else
      receive(place);  // the rest may be in the connection already, where no descriptor tells of it
  }

  void wait_as_wanted(Place& place, int result, const char* otherwise) {
    const int wanted = SSL_get_error(place.connection.get(), result);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE)
      bench::fail(fleet(), place.device, otherwise);
    wait_for(place, wanted == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
  }

  void wait_for(Place& place, std::uint32_t what) {
    if (place.watched == what) return;
    place.watched = what;
    watch(place, EPOLL_CTL_MOD, what);
  }

  void leave(Place& place) {
    place.session.reset(SSL_get1_session(place.connection.get()));
    // A connection that is left without it takes its session along.
    SSL_shutdown(place.connection.get());
    ERR_clear_error();
    place.connection.reset();
    end_call(place);
  }

  void tell() const override {
    std::printf("{\"answered\": %u, \"resumed\": %u}\n", answered(), resumed_);
  }

  const Owned<SSL_CTX> context_;
  unsigned resumed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of<Client>("raw-tls-client", argc, argv);
}
