#include "net/transfer.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "net/failure.hpp"
#include "net/socket_address.hpp"

namespace stage3::net {

namespace {

template <class Value>
void set(const EasyHandle& easy, CURLoption option, Value value) {
  check(curl_easy_setopt(easy.get(), option, value));
}

void set_part(const UrlHandle& url, CURLUPart part, const char* value) {
  check(curl_url_set(url.get(), part, value, 0));
}

Slist list_of(const char* text) {
  Slist list(curl_slist_append(nullptr, text));
  if (!list) throw std::bad_alloc();
  return list;
}

/// libcurl connects to this address, which is in its cache from the start, and on_open_socket()
/// puts the device's in its place. If it had to resolve the device's, a literal though it is, it
/// would start a thread with a look into the DNS whenever a small allocation for that fails.
constexpr const char* kStandIn = "127.0.0.1:1:127.0.0.1";
constexpr const char* kConnectToStandIn = "::127.0.0.1:1";

constexpr long kReceiveBuffer = 4096;

/// libcurl leaves room for any address behind its 16 bytes.
void put(const sockaddr_storage& address, socklen_t size, curl_sockaddr* ret_address) noexcept {
  ret_address->family = address.ss_family;
  ret_address->addrlen = size;
  std::memcpy(reinterpret_cast<char*>(ret_address) + offsetof(curl_sockaddr, addr), &address, size);
}

}  // namespace

Transfer::Transfer()
    : easy_(curl_easy_init()),
      url_(curl_url()),
      json_headers_(list_of("Content-Type: application/json")),
      stand_in_(list_of(kStandIn)),
      connect_to_stand_in_(list_of(kConnectToStandIn)) {
  if (!easy_ || !url_) throw std::bad_alloc();
  set_safe_options();
}

void Transfer::set_safe_options() {
  set(easy_, CURLOPT_CURLU, url_.get());
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  // A request is one segment, and an answer a few kilobytes: no Nagle to switch off, and no 16 KB
  // to fetch and give back for each call.
  set(easy_, CURLOPT_TCP_NODELAY, 0L);
  set(easy_, CURLOPT_BUFFERSIZE, kReceiveBuffer);

  // Only plain HTTP/1.1 to the literal address, whatever the environment or the device says.
  set(easy_, CURLOPT_PROTOCOLS_STR, "http");
  set(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "http");
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_PROXY, "");
  set(easy_, CURLOPT_NOPROXY, "*");
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // Never unpack: a few kilobytes can unfold to gigabytes.
  set(easy_, CURLOPT_ACCEPT_ENCODING, nullptr);
  set(easy_, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(easy_, CURLOPT_TRANSFER_ENCODING, 0L);

  // A connection serves one request: devices close anyway, and late bytes on a kept one would be
  // taken for the next answer.
  set(easy_, CURLOPT_FRESH_CONNECT, 1L);
  set(easy_, CURLOPT_FORBID_REUSE, 1L);
  set(easy_, CURLOPT_RESOLVE, stand_in_.get());
  set(easy_, CURLOPT_CONNECT_TO, connect_to_stand_in_.get());
  set(easy_, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
}

void Transfer::serve(const Address& address, void* owner) {
  owner_ = owner;
  address_ = address;
  set_part(url_, CURLUPART_URL, ("http://" + address.authority() + "/").c_str());
  call_ = {};
  forget_challenge();
}

void Transfer::forget_challenge() {
  if (!may_hold_challenge_ && !sink_.met_challenge()) return;
  curl_easy_reset(easy_.get());
  set_safe_options();
  sink_.begin(std::nullopt, false);
  may_hold_challenge_ = false;
}

void Transfer::prepare(const Call& call) {
  call_ = call;
  failure_.reset();
  detail_.clear();
  socket_error_ = 0;
  out_of_memory_ = false;
  // libcurl answers whatever challenge it has seen last, also one that came to a call without a
  // login: only one that AnswerSink has judged may still be there.
  if (call.login && (call.login->forget_nonce || !sink_.holds_nonce())) forget_challenge();
  sink_.begin(call_.login, sink_.holds_nonce());
  set_request(call_);
  set_login(call_);
}

void Transfer::set_request(const Call& call) {
  const std::size_t question = call.target.find('?');
  set_part(url_, CURLUPART_PATH, call.target.substr(0, question).c_str());
  const bool has_query = question != std::string::npos;
  set_part(url_, CURLUPART_QUERY, has_query ? call.target.c_str() + question + 1 : nullptr);
  // libcurl asks url_ for a new URL only if it holds none. With that of an earlier call it would
  // take the repetition with a login for a redirect, and leave the login out.
  set(easy_, CURLOPT_URL, nullptr);
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(call.timeout).count();
  set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout));
  if (call.body.empty()) {
    set(easy_, CURLOPT_HTTPGET, 1L);
    set(easy_, CURLOPT_HTTPHEADER, nullptr);
    return;
  }
  set(easy_, CURLOPT_POST, 1L);
  set(easy_, CURLOPT_POSTFIELDS, call_.body.c_str());
  set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
  set(easy_, CURLOPT_HTTPHEADER, json_headers_.get());
}

void Transfer::set_login(const Call& call) {
  // Digest answers MD5 and foreign realms as well: AnswerSink looks at each challenge and stops the
  // call before libcurl could answer a wrong one.
  unsigned long schemes = call.login ? CURLAUTH_DIGEST : CURLAUTH_NONE;
  // With digest alone libcurl fetches the challenge with a POST that lacks its body, and an update
  // without its parameters is an update all the same. A choice makes it send the whole request;
  // there is no bearer token that it could send instead.
  if (call.login && !call.body.empty() && !sink_.holds_nonce()) schemes |= CURLAUTH_BEARER;
  set(easy_, CURLOPT_HTTPAUTH, static_cast<long>(schemes));
  set(easy_, CURLOPT_USERNAME, call.login ? "admin" : nullptr);
  set(easy_, CURLOPT_PASSWORD, call.login ? call.login->password.c_str() : nullptr);
}

void Transfer::end(CURLcode code) {
  running_ = false;
  may_hold_challenge_ = may_hold_challenge_ || sink_.met_challenge();
  if (code == CURLE_OK || sink_.stopped_at_challenge()) return;
  if (sink_.too_large()) {
    failure_ = Cause::too_large;
    return;
  }
  if (out_of_memory_) {
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
  const NetworkFailure failure = explain(code, static_cast<int>(os_error));
  failure_ = failure.cause;
  detail_ = failure.detail;
}

Reply Transfer::reply() const noexcept {
  Reply reply;
  // A 401 that the login has already answered says nothing about what became of the call.
  reply.status = failure_ && sink_.answered_challenge() ? 0 : sink_.status();
  reply.body = sink_.body();
  reply.failure = failure_;
  reply.detail = detail_;
  reply.login_sent = sink_.login_sent();
  reply.declined = sink_.declined();
  return reply;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count,
                                void* self) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.sink_.take_header({data, size * count}) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    transfer.out_of_memory_ = true;
    return 0;
  }
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count,
                              void* self) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.sink_.take_body({data, size * count}) ? size * count : 0;
  } catch (const std::bad_alloc&) {
    transfer.out_of_memory_ = true;
    return 0;
  }
}

bool Transfer::lacked_descriptor() const noexcept {
  return socket_error_ == EMFILE || socket_error_ == ENFILE;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(self);
  sockaddr_storage device{};
  const socklen_t size = to_sockaddr(transfer.address_, transfer.address_.port(), device);
  put(device, size, address);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) transfer.socket_error_ = errno;
  return fd;
}

}  // namespace stage3::net
