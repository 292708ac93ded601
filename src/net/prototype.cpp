#include "net/prototype.hpp"

#include <new>

namespace stage3::net {

namespace {

/// libcurl connects to this address, which is in its cache from the start, and the socket callback
/// puts the device's in its place. If it had to resolve the device's, a literal though it is, it
/// would start a thread with a look into the DNS whenever a small allocation for that fails.
constexpr const char* kStandIn = "127.0.0.1:1:127.0.0.1";
constexpr const char* kPlace = "://127.0.0.1:1/";

constexpr long kReceiveBuffer = 4096;
/// The least that libcurl allows. OpenSSL has read a whole record by then, so that a small one
/// costs no system call.
constexpr long kSecureReceiveBuffer = 1024;

}  // namespace

void append(Slist& list, const char* text) {
  curl_slist* const longer = curl_slist_append(list.get(), text);
  if (longer == nullptr) throw std::bad_alloc();
  // The list's head is the same as before, but for the first one.
  static_cast<void>(list.release());
  list.reset(longer);
}

Prototype::Prototype(const Callbacks& callbacks) : Prototype(callbacks, "http") {}

Prototype::Prototype(const Callbacks& callbacks, const std::string& ca)
    : Prototype(callbacks, "https") {
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, callbacks.on_close_socket);
  secure(ca);
}

Prototype::Prototype(const Callbacks& callbacks, const char* scheme)
    : easy_(curl_easy_init()), url_(curl_url()) {
  if (!easy_ || !url_) throw std::bad_alloc();
  append(stand_in_, kStandIn);
  set(easy_, CURLOPT_HEADERFUNCTION, callbacks.on_header);
  set(easy_, CURLOPT_WRITEFUNCTION, callbacks.on_body);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, callbacks.on_open_socket);
  set(easy_, CURLOPT_XFERINFOFUNCTION, callbacks.on_progress);
  set(easy_, CURLOPT_NOPROGRESS, 0L);
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  // A request is one segment, and an answer a few kilobytes: no Nagle to switch off, and no 16 KB
  // to fetch and give back for each call.
  set(easy_, CURLOPT_TCP_NODELAY, 0L);
  set(easy_, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  allow_only(scheme);
  unpack_nothing();
  connect_by_ourselves();
}

/// Only HTTP/1.1 to the literal address, whatever the environment or the device says, and no login:
/// libcurl never hears of a password.
void Prototype::allow_only(const char* scheme) {
  check(curl_url_set(url_.get(), CURLUPART_URL, (std::string(scheme) + kPlace).c_str(), 0));
  set(easy_, CURLOPT_CURLU, url_.get());
  set(easy_, CURLOPT_PROTOCOLS_STR, scheme);
  set(easy_, CURLOPT_REDIR_PROTOCOLS_STR, scheme);
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy_, CURLOPT_PROXY, "");
  set(easy_, CURLOPT_NOPROXY, "*");
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy_, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
}

/// A device is known by its key, which a call may demand and always reports: no name that a
/// certificate could hold is the address that was asked.
void Prototype::secure(const std::string& ca) {
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy_, CURLOPT_SSL_ENABLE_ALPN, 0L);
  set(easy_, CURLOPT_BUFFERSIZE, kSecureReceiveBuffer);
  set(easy_, CURLOPT_CERTINFO, 1L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
  set(easy_, CURLOPT_SSL_VERIFYPEER, ca.empty() ? 0L : 1L);
  // Not the machine's own, which libcurl would read for each connection.
  set(easy_, CURLOPT_CAINFO, nullptr);
  set(easy_, CURLOPT_CAPATH, nullptr);
  checks_chain_ = !ca.empty();
  if (!checks_chain_) return;
  curl_blob blob{const_cast<char*>(ca.data()), ca.size(), CURL_BLOB_NOCOPY};
  set(easy_, CURLOPT_CAINFO_BLOB, &blob);
}

/// A few kilobytes can unfold to gigabytes.
void Prototype::unpack_nothing() {
  set(easy_, CURLOPT_ACCEPT_ENCODING, nullptr);
  set(easy_, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(easy_, CURLOPT_TRANSFER_ENCODING, 0L);
}

void Prototype::connect_by_ourselves() {
  // A connection serves one request: devices close anyway, and late bytes on a kept one would be
  // taken for the next answer.
  set(easy_, CURLOPT_FRESH_CONNECT, 1L);
  set(easy_, CURLOPT_FORBID_REUSE, 1L);
  set(easy_, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
}

EasyHandle Prototype::make_for_cache() const {
  EasyHandle handle = make();
  set(handle, CURLOPT_RESOLVE, stand_in_.get());
  return handle;
}

EasyHandle Prototype::make() const {
  EasyHandle handle(curl_easy_duphandle(easy_.get()));
  if (!handle) throw std::bad_alloc();
  return handle;
}

}  // namespace stage3::net
