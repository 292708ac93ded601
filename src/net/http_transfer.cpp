#include "net/http_transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "net/failure.hpp"
#include "net/http_client.hpp"
#include "net/socket_address.hpp"
#include "net/tcp_state.hpp"

namespace stage3::net {

namespace {

/// libcurl leaves room for any address behind its 16 bytes.
void put(const sockaddr_storage& address, socklen_t size, curl_sockaddr* ret_address) noexcept {
  ret_address->family = address.ss_family;
  ret_address->addrlen = size;
  std::memcpy(reinterpret_cast<char*>(ret_address) + offsetof(curl_sockaddr, addr), &address, size);
}

/// libcurl looks at a connection so often at least before what has come over it is counted.
constexpr unsigned kManyLooks = 16;

/// More than the bounds of header and body together, and of what frames them.
constexpr std::uint64_t kMaxReceived = 64 * 1024;
/// And of what is in a handshake: eight certificates, and more than they need. The two count
/// together; a handshake alone is bounded by OpenSSL, which takes no more than 100 KiB of
/// certificates.
constexpr std::uint64_t kMaxHandshake = 64 * 1024;

std::string host_field(const Address& address) {
  return "Host: " + address.authority();
}

}  // namespace

void HttpTransfer::serve(const Address& address, void* owner) {
  owner_ = owner;
  address_ = address;
  host_field_ = host_field(address);
  sessions_.reset();
}

void HttpTransfer::start(const Call& call) {
  client_.start(*this, call);
}

void HttpTransfer::abandon() noexcept {
  client_.abandon(*this);
}

void HttpTransfer::prepare(const Call& call, const Prototype& prototype) {
  sink_.begin();
  status_ = 0;
  failure_.reset();
  detail_.clear();
  socket_error_ = 0;
  out_of_memory_ = false;
  flooded_ = false;
  certificate_.reset();
  has_connected_ = false;
  has_received_ = false;
  socket_ = CURL_SOCKET_BAD;
  has_time_anew_ = false;
  looks_ = 0;
  fields_.reset();
  tls_ = call.tls;
  easy_ = prototype.make();
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  set(easy_, CURLOPT_XFERINFODATA, this);
  set_request(call);
  if (tls_) set_tls();
}

void HttpTransfer::set_request(const Call& call) {
  // Letter by letter: a login is made for just this spelling, and libcurl would rewrite a URL's.
  set(easy_, CURLOPT_REQUEST_TARGET, call.target.c_str());
  append(fields_, tls_ ? host_field(place()).c_str() : host_field_.c_str());
  if (!call.body.empty()) {
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    set(easy_, CURLOPT_COPYPOSTFIELDS, call.body.c_str());
    append(fields_, "Content-Type: application/json");
  }
  if (!call.authorization.empty())
    append(fields_, ("Authorization: " + call.authorization).c_str());
  set(easy_, CURLOPT_HTTPHEADER, fields_.get());
}

void HttpTransfer::end(CURLcode code, std::int64_t utc) noexcept {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  status_ = static_cast<int>(status);
  unsent_ = is_unsent();
  // To libcurl a header that breaks off between two lines is one without a body.
  if (code == CURLE_OK && !sink_.has_header()) code = CURLE_PARTIAL_FILE;
  try {
    if (tls_) note_certificate(utc);
    if (code != CURLE_OK) set_failure(code);
  } catch (const std::bad_alloc&) {
    failure_ = Cause::local;
    detail_.clear();
  }
  easy_.reset();
}

Address HttpTransfer::place() const {
  return tls_ ? address_.at_port(tls_->port) : address_;
}

bool HttpTransfer::is_unsent() const {
  long size = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &size);
  return size == 0;
}

bool HttpTransfer::was_sent_after(Clock::time_point time) const {
  if (is_unsent()) return false;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return started_at_ + std::chrono::microseconds(microseconds) >= time;
}

void HttpTransfer::set_failure(CURLcode code) {
  if (flooded_ || sink_.objection() == AnswerSink::Objection::too_large) {
    failure_ = Cause::too_large;
    return;
  }
  if (sink_.objection() == AnswerSink::Objection::malformed) {
    failure_ = Cause::malformed;
    return;
  }
  // What libcurl lacked before it had sent anything, no header was too large for.
  if (out_of_memory_ || (unsent_ && code == CURLE_OUT_OF_MEMORY)) {
    failure_ = Cause::local;
    detail_ = "out of memory";
    return;
  }
  if (socket_error_ != 0) {
    failure_ = Cause::local;
    detail_ = lacked_descriptor() ? "out of file descriptors"
                                  : std::generic_category().message(socket_error_);
    return;
  }
  long os_error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_error);
  const NetworkFailure failure = tls_ ? explain_tls(code, tls_facts(static_cast<int>(os_error)))
                                      : explain(code, static_cast<int>(os_error));
  failure_ = failure.cause;
  detail_ = failure.detail;
  if (failure_ == Cause::tls_key && !has_another_key()) {
    failure_ = Cause::local;
    detail_ = "the TLS key cannot be compared with the one on record: out of memory";
  }
}

Reply HttpTransfer::reply() const {
  Reply reply;
  reply.status = status_;
  reply.body = sink_.body();
  reply.failure = failure_;
  reply.detail = detail_;
  reply.unsent = failure_ && unsent_;
  reply.location = sink_.location();
  if (certificate_) {
    reply.key = certificate_->key;
    reply.certificate = certificate_time_;
  }
  if (status_ == 401 && !failure_)
    reply.challenges.assign(sink_.challenges().begin(), sink_.challenges().end());
  return reply;
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count,
                                    void* self) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  try {
    return transfer.sink_.take_header({data, size * count}) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    transfer.out_of_memory_ = true;
    return 0;
  }
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count,
                                  void* self) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  try {
    return transfer.sink_.take_body({data, size * count}) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    transfer.out_of_memory_ = true;
    return 0;
  }
}

/// Much of what comes may never be handed on (the extension of a chunk, say), so that bounds on
/// what is are not enough. A usual answer comes at once, and needs no look at the socket.
int HttpTransfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  if (++transfer.looks_ < kManyLooks) return 0;
  const std::uint64_t most = kMaxReceived + (transfer.tls_ ? kMaxHandshake : 0);
  transfer.flooded_ = count_received(transfer.socket_) > most;
  return transfer.flooded_ ? 1 : 0;
}

bool HttpTransfer::lacked_descriptor() const noexcept {
  return socket_error_ == EMFILE || socket_error_ == ENFILE;
}

curl_socket_t HttpTransfer::on_open_socket(void* self, curlsocktype,
                                           curl_sockaddr* address) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  sockaddr_storage device{};
  const socklen_t size = to_sockaddr(transfer.address_, transfer.place().port(), device);
  put(device, size, address);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) transfer.socket_error_ = errno;
  transfer.socket_ = fd;
  return fd;
}

}  // namespace stage3::net
