#include "net/http_client.hpp"

#include <algorithm>
#include <new>

namespace stage3::net {

HttpClient::HttpClient(Poller& poller) : poller_(poller), multi_(curl_multi_init()) {
  if (!multi_) throw std::bad_alloc();
  check(curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this));
}

void HttpClient::start(Transfer& transfer, const Call& call) {
  transfer.prepare(call);
  check(curl_multi_add_handle(multi_.get(), transfer.easy_.get()));
  transfer.running_ = true;
  ++started_;
  // libcurl would begin it, with all others that were added meanwhile, at the next look at any
  // socket: so many connects at once are long for a step.
  look_at_timers();
}

void HttpClient::abandon(Transfer& transfer) noexcept {
  if (!transfer.running_) return;
  transfer.running_ = false;
  --started_;
  curl_multi_remove_handle(multi_.get(), transfer.easy_.get());
}

void HttpClient::on_event(const Poller::Event& event) {
  int events = 0;
  if (event.events & (EPOLLIN | EPOLLHUP)) events |= CURL_CSELECT_IN;
  if (event.events & EPOLLOUT) events |= CURL_CSELECT_OUT;
  if (event.events & EPOLLERR) events |= CURL_CSELECT_ERR;
  act(event.fd, events);
}

void HttpClient::on_time(Clock::time_point now) {
  if (deadline_ && now >= *deadline_) look_at_timers();
}

void HttpClient::look_at_timers() {
  deadline_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void HttpClient::act(curl_socket_t socket, int events) {
  int running = 0;
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, events, &running);
  if (running < started_) has_finished_ = true;
  if (parked_) std::rethrow_exception(std::exchange(parked_, nullptr));
  check(code);
}

Transfer* HttpClient::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* const easy = message->easy_handle;
    char* owner = nullptr;
    check(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner));
    curl_multi_remove_handle(multi_.get(), easy);
    auto* const transfer = reinterpret_cast<Transfer*>(owner);
    transfer->end(code);
    --started_;
    return transfer;
  }
  has_finished_ = false;
  return nullptr;
}

int HttpClient::on_socket(CURL*, curl_socket_t socket, int what, void* self,
                          void* was_watched) noexcept {
  auto& client = *static_cast<HttpClient*>(self);
  if (what == CURL_POLL_REMOVE) {
    client.poller_.forget(socket);
    return 0;
  }
  std::uint32_t events = 0;
  if (what & CURL_POLL_IN) events |= EPOLLIN;
  if (what & CURL_POLL_OUT) events |= EPOLLOUT;
  try {
    client.poller_.watch(socket, events, was_watched != nullptr);
  } catch (...) {
    client.parked_ = std::current_exception();
    return -1;
  }
  // Comes back with the next call for this socket.
  if (was_watched == nullptr) curl_multi_assign(client.multi_.get(), socket, self);
  return 0;
}

int HttpClient::on_timer(CURLM*, long milliseconds, void* self) noexcept {
  auto& client = *static_cast<HttpClient*>(self);
  if (milliseconds < 0) {
    client.deadline_.reset();
    return 0;
  }
  // 0 means "at once", but libcurl must not be called from inside its own callback; and a handle
  // that asks for it again and again would keep the thread busy.
  client.deadline_ = Clock::now() + std::chrono::milliseconds(std::max(milliseconds, 1L));
  return 0;
}

}  // namespace stage3::net
