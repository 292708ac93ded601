// What is different about a call by TLS: the key that it demands, the one it is shown, and the time
// it has.

#include <unistd.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "net/http_client.hpp"
#include "net/http_transfer.hpp"
#include "net/tcp_state.hpp"

namespace stage3::net {

namespace {

ShareHandle make_session_cache() {
  ShareHandle share(curl_share_init());
  if (!share ||
      curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
    throw std::bad_alloc();
  return share;
}

}  // namespace

void HttpTransfer::set_tls() {
  // libcurl keeps few sessions a cache, and takes all devices for one host.
  if (!sessions_) sessions_ = make_session_cache();
  set(easy_, CURLOPT_SHARE, sessions_.get());
  set(easy_, CURLOPT_CLOSESOCKETDATA, this);
  // Checked in the handshake, before any byte of the request.
  if (tls_->key) set(easy_, CURLOPT_PINNEDPUBLICKEY, tls_->key->to_string().c_str());
}

void HttpTransfer::note_certificate(std::int64_t utc) {
  curl_certinfo* chain = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_CERTINFO, &chain);
  if (chain == nullptr || chain->num_of_certs == 0) return;
  // The device's own comes first.
  constexpr std::string_view kPem = "Cert:";
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text = line->data;
    if (text.substr(0, kPem.size()) == kPem) certificate_ = read_certificate(text);
  }
  if (certificate_) certificate_time_ = certificate_->time_at(utc);
}

// libcurl also takes for another key what it has no memory to compare.
bool HttpTransfer::has_another_key() const {
  return certificate_ && certificate_->key != tls_->key;
}

Clock::time_point HttpTransfer::bound() const {
  const Clock::time_point usual = started_at_ + time_;
  if (!tls_ || !has_connected(socket_)) return usual;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_APPCONNECT_TIME_T, &microseconds);
  if (microseconds == 0) return std::max(usual, started_at_ + tls_->timeout);
  return started_at_ + std::chrono::microseconds(microseconds) + time_;
}

TlsFacts HttpTransfer::tls_facts(int os_error) const {
  TlsFacts facts;
  facts.os_error = os_error;
  facts.has_connected = has_connected_;
  facts.has_received = has_received_;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_APPCONNECT_TIME_T, &microseconds);
  facts.is_secured = microseconds != 0;
  if (client_.secure_.checks_chain())
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &facts.verdict);
  return facts;
}

/// The last moment at which the kernel can be asked.
int HttpTransfer::on_close_socket(void* self, curl_socket_t socket) noexcept {
  HttpTransfer& transfer = *static_cast<HttpTransfer*>(self);
  transfer.has_connected_ = has_connected(socket);
  transfer.has_received_ = count_received(socket) > 0;
  return ::close(socket);
}

}  // namespace stage3::net
