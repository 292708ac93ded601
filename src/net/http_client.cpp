#include "net/http_client.hpp"

#include <poll.h>

#include <algorithm>
#include <new>
#include <utility>

namespace stage3::net {

namespace {

/// No call takes longer; what is beyond would not fit the clock.
constexpr auto kLongestCall = std::chrono::hours(24 * 365);

/// So often a call that is overdue is read from at most: enough for the largest answer in pieces of
/// libcurl's buffer, and an end for a device that goes on sending.
constexpr int kLastReads = 16;

constexpr Prototype::Callbacks kCallbacks{&HttpTransfer::on_header, &HttpTransfer::on_body,
                                          &HttpTransfer::on_open_socket, &HttpTransfer::on_progress,
                                          &HttpTransfer::on_close_socket};

curl_socket_t refuse_socket(void*, curlsocktype, curl_sockaddr*) {
  return CURL_SOCKET_BAD;
}

bool has_something(curl_socket_t socket) {
  pollfd look{socket, POLLIN, 0};
  return socket != CURL_SOCKET_BAD && ::poll(&look, 1, 0) == 1;
}

}  // namespace

HttpClient::HttpClient(const TimeSource& time, Poller& poller, const std::string& tls_ca)
    : time_(time),
      poller_(poller),
      plain_(kCallbacks),
      secure_(kCallbacks, tls_ca),
      multi_(curl_multi_init()) {
  if (!multi_) throw std::bad_alloc();
  check(curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &HttpClient::on_socket));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &HttpClient::on_timer));
  check(curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this));
  fill_name_cache();
}

/// With a transfer that ends before it has a socket.
void HttpClient::fill_name_cache() {
  const EasyHandle easy = plain_.make_for_cache();
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &refuse_socket);
  set(easy, CURLOPT_NOPROGRESS, 1L);
  check(curl_multi_add_handle(multi_.get(), easy.get()));
  look_at_timers();
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
  const CURLcode code = message != nullptr ? message->data.result : CURLE_FAILED_INIT;
  curl_multi_remove_handle(multi_.get(), easy.get());
  timer_.reset();
  // Nothing else can go wrong with it, whatever words libcurl has for that.
  if (code != CURLE_COULDNT_CONNECT) throw std::bad_alloc();
}

void HttpClient::start(HttpTransfer& transfer, const Call& call) {
  transfer.prepare(call, call.tls ? secure_ : plain_);
  transfer.time_ = std::min<Duration>(call.timeout, kLongestCall);
  transfer.started_at_ = time_.now();
  transfer.deadline_ = deadlines_.emplace(transfer.started_at_ + transfer.time_, &transfer);
  transfer.running_ = true;
  ++in_libcurl_;
  try {
    check(curl_multi_add_handle(multi_.get(), transfer.easy_.get()));
  } catch (...) {
    abandon(transfer);
    throw;
  }
  // libcurl would begin it, with all others that were added meanwhile, at the next look at any
  // socket: so many connects at once are long for a step.
  look_at_timers();
}

void HttpClient::abandon(HttpTransfer& transfer) noexcept {
  if (!transfer.running_) return;
  transfer.running_ = false;
  if (!transfer.easy_) {
    finished_.erase(std::remove(finished_.begin(), finished_.end(), &transfer), finished_.end());
    return;
  }
  release(transfer);
  transfer.easy_.reset();
}

/// libcurl no longer has the call.
void HttpClient::release(HttpTransfer& transfer) noexcept {
  curl_multi_remove_handle(multi_.get(), transfer.easy_.get());
  --in_libcurl_;
  deadlines_.erase(*transfer.deadline_);
  transfer.deadline_.reset();
}

void HttpClient::on_event(const Poller::Event& event) {
  int events = 0;
  if (event.events & (EPOLLIN | EPOLLHUP)) events |= CURL_CSELECT_IN;
  if (event.events & EPOLLOUT) events |= CURL_CSELECT_OUT;
  if (event.events & EPOLLERR) events |= CURL_CSELECT_ERR;
  act(event.fd, events);
}

void HttpClient::on_time(Clock::time_point now) {
  if (timer_ && now >= *timer_) look_at_timers();
}

bool HttpClient::end_overdue(Clock::time_point now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return false;
  HttpTransfer& transfer = *deadlines_.begin()->second;
  read_what_is_there(transfer);
  if (!transfer.easy_ || give_time_for_handshake(transfer, now) || give_time_anew(transfer, now))
    return true;
  end(transfer, CURLE_OPERATION_TIMEDOUT);
  return true;
}

/// A process that was stopped meanwhile sends a request only when its time is over: once it gets
/// that anew, or the device would have had none at all.
bool HttpClient::give_time_anew(HttpTransfer& transfer, Clock::time_point now) {
  if (transfer.has_time_anew_ || !transfer.was_sent_after(transfer.deadline_.value()->first))
    return false;
  transfer.has_time_anew_ = true;
  move_deadline(transfer, now + transfer.time_);
  return true;
}

/// A call by TLS has its time once the handshake is over, which has a bound of its own.
bool HttpClient::give_time_for_handshake(HttpTransfer& transfer, Clock::time_point now) {
  const Clock::time_point bound = transfer.bound();
  if (bound <= now) return false;
  move_deadline(transfer, bound);
  return true;
}

void HttpClient::move_deadline(HttpTransfer& transfer, Clock::time_point time) noexcept {
  auto node = deadlines_.extract(*transfer.deadline_);
  node.key() = time;
  transfer.deadline_ = deadlines_.insert(std::move(node));
}

void HttpClient::read_what_is_there(HttpTransfer& transfer) {
  collect();
  for (int i = 0; i < kLastReads && transfer.easy_ && has_something(transfer.socket_); ++i) {
    act(transfer.socket_, CURL_CSELECT_IN);
    collect();
  }
}

std::optional<Clock::time_point> HttpClient::deadline() const noexcept {
  if (has_ended_some_ || !finished_.empty()) return Clock::time_point();
  if (deadlines_.empty()) return timer_;
  const Clock::time_point first = deadlines_.begin()->first;
  return timer_ ? std::min(*timer_, first) : first;
}

void HttpClient::look_at_timers() {
  timer_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void HttpClient::act(curl_socket_t socket, int events) {
  int running = 0;
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, events, &running);
  if (running < in_libcurl_) has_ended_some_ = true;
  if (parked_) std::rethrow_exception(std::exchange(parked_, nullptr));
  check(code);
}

void HttpClient::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* self = nullptr;
    check(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self));
    end(*reinterpret_cast<HttpTransfer*>(self), code);
  }
  has_ended_some_ = false;
}

void HttpClient::end(HttpTransfer& transfer, CURLcode code) {
  finished_.push_back(&transfer);
  release(transfer);
  transfer.end(code, time_.utc());
}

HttpTransfer* HttpClient::next_finished() {
  if (finished_.empty()) collect();
  if (finished_.empty()) return nullptr;
  HttpTransfer* const transfer = finished_.front();
  finished_.pop_front();
  transfer->running_ = false;
  return transfer;
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
    client.timer_.reset();
    return 0;
  }
  // 0 means "at once", but libcurl must not be called from inside its own callback; and a handle
  // that asks for it again and again would keep the thread busy.
  client.timer_ = client.time_.now() + std::chrono::milliseconds(std::max(milliseconds, 1L));
  return 0;
}

}  // namespace stage3::net
