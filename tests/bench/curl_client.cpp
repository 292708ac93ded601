// A client that is nothing but libcurl, set as stage3 sets it: multi_socket and epoll, a handle
// that stays with its device, only plain HTTP to the literal address. The difference to
// raw_client.cpp is libcurl's price, that to stage3 is ours (rpc.py).

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <vector>

#include "fleet_client.hpp"

namespace {

constexpr int kEvents = 64;
using Clock = std::chrono::steady_clock;

/// A place for one device in flight.
struct Place {
  CURL* easy = nullptr;
  CURLU* url = nullptr;
  unsigned device = 0;
  unsigned call = 0;
  std::string answer;
};

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::size_t take(char* data, std::size_t size, std::size_t count, void* answer) {
  static_cast<std::string*>(answer)->append(data, size * count);
  return size * count;
}

void set_safe_options(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 0L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_TRANSFER_ENCODING, 0L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 5000L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
}

class Client {
 public:
  explicit Client(const bench::Fleet& fleet)
      : fleet_(fleet),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        multi_(curl_multi_init()),
        places_(std::min(fleet.in_flight, fleet.devices)) {
    check(epoll_ >= 0 && multi_ != nullptr, "no epoll descriptor or no memory");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Client::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Client::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    for (Place& place : places_)
      set_up(place);
  }

  ~Client() {
    for (Place& place : places_) {
      curl_easy_cleanup(place.easy);
      curl_url_cleanup(place.url);
    }
    curl_multi_cleanup(multi_);
    close(epoll_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void run() {
    for (Place& place : places_)
      begin_device(place);
    epoll_event events[kEvents];
    while (busy_ > 0) {
      const int count = epoll_wait(epoll_, events, kEvents, milliseconds_left());
      check(count >= 0 || errno == EINTR, "cannot wait");
      for (int i = 0; i < count; ++i)
        act(events[i].data.fd, to_curl(events[i].events));
      if (deadline_ && Clock::now() >= *deadline_) act(CURL_SOCKET_TIMEOUT, 0);
      take_answers();
    }
    bench::tell(answered_);
  }

 private:
  static void set_up(Place& place) {
    place.easy = curl_easy_init();
    place.url = curl_url();
    check(place.easy != nullptr && place.url != nullptr, "no memory");
    set_safe_options(place.easy);
    curl_easy_setopt(place.easy, CURLOPT_CURLU, place.url);
    curl_easy_setopt(place.easy, CURLOPT_PRIVATE, &place);
    curl_easy_setopt(place.easy, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(place.easy, CURLOPT_WRITEDATA, &place.answer);
  }

  void begin_device(Place& place) {
    if (next_ == fleet_.devices) return;
    place.device = next_++;
    place.call = 0;
    ++busy_;
    const std::string url = "http://" + bench::text_of(fleet_.address(place.device)) + ':' +
                            std::to_string(fleet_.port) + '/';
    check(curl_url_set(place.url, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK, "bad URL");
    begin_call(place);
  }

  void begin_call(Place& place) {
    place.answer.clear();
    curl_url_set(place.url, CURLUPART_PATH, bench::kPaths[place.call], 0);
    check(curl_multi_add_handle(multi_, place.easy) == CURLM_OK, "cannot begin a call");
  }

  void take_answers() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      CURL* const easy = message->easy_handle;
      const CURLcode code = message->data.result;
      char* place = nullptr;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &place);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_multi_remove_handle(multi_, easy);
      check(code == CURLE_OK, curl_easy_strerror(code));
      check(status == 200, "a device answers with an error");
      end_call(*reinterpret_cast<Place*>(place));
    }
  }

  void end_call(Place& place) {
    ++answered_;
    if (++place.call < bench::kCalls) {
      begin_call(place);
      return;
    }
    --busy_;
    begin_device(place);
  }

  void act(curl_socket_t socket, int events) {
    if (socket == CURL_SOCKET_TIMEOUT) deadline_.reset();
    int running = 0;
    check(curl_multi_socket_action(multi_, socket, events, &running) == CURLM_OK, "libcurl fails");
  }

  static int to_curl(std::uint32_t events) {
    return ((events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
  }

  int milliseconds_left() const {
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
    return static_cast<int>(std::max<long long>(left.count(), 0));
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& client = *static_cast<Client*>(self);
    epoll_event event{};
    event.data.fd = socket;
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    const int operation = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL
                          : known != nullptr       ? EPOLL_CTL_MOD
                                                   : EPOLL_CTL_ADD;
    if (known == nullptr) curl_multi_assign(client.multi_, socket, self);
    return epoll_ctl(client.epoll_, operation, socket, &event) == 0 ? 0 : -1;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    auto& client = *static_cast<Client*>(self);
    client.deadline_.reset();
    if (milliseconds >= 0)
      client.deadline_ = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  const bench::Fleet fleet_;
  const int epoll_;
  CURLM* const multi_;
  std::vector<Place> places_;
  std::optional<Clock::time_point> deadline_;
  unsigned next_ = 0;
  unsigned busy_ = 0;
  unsigned answered_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of<Client>("curl-client", argc, argv);
}
