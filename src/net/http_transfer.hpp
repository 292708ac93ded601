#pragma once

#include <map>
#include <optional>
#include <string>

#include <stage3/device_probe.hpp>
#include <stage3/result.hpp>

#include "base/certificate.hpp"
#include "net/answer_sink.hpp"
#include "net/curl.hpp"
#include "net/failure.hpp"
#include "net/network.hpp"
#include "net/prototype.hpp"

namespace stage3::net {

class HttpClient;
class HttpTransfer;

/// When the calls in progress must have ended.
using Deadlines = std::multimap<Clock::time_point, HttpTransfer*>;

/// One HTTP call after the other to one device. Each has a handle of its own, and nothing of a call
/// but its reply outlives it. Belongs to one HttpClient's thread.
class HttpTransfer final : public Transfer {
 public:
  /// `client` must outlive the transfer's calls: they end or are abandoned before it goes.
  explicit HttpTransfer(HttpClient& client) : client_(client) {}
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  void serve(const Address& address, void* owner) override;
  void start(const Call& call) override;
  void abandon() noexcept override;
  void* owner() const noexcept override { return owner_; }
  Reply reply() const override;
  bool lacked_descriptor() const noexcept override;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;
  static int on_close_socket(void* self, curl_socket_t socket) noexcept;
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose,
                                      curl_sockaddr* address) noexcept;

 private:
  friend class HttpClient;

  /// Prepares a handle made by `prototype` for `call`.
  void prepare(const Call& call, const Prototype& prototype);
  /// Takes what libcurl knows of the answer, and gives the handle up. `utc`: seconds since the
  /// epoch.
  void end(CURLcode code, std::int64_t utc) noexcept;

  void set_request(const Call& call);
  void set_tls();
  /// Where the call in progress goes. libcurl itself knows no address but the stand-in's.
  Address place() const;
  /// The time at which the call must have ended, as far as it has come by now.
  Clock::time_point bound() const;
  void note_certificate(std::int64_t utc);
  TlsFacts tls_facts(int os_error) const;
  /// The device has shown a key that is not the one that the call demands.
  bool has_another_key() const;
  /// Nothing of the request has left this machine yet.
  bool is_unsent() const;
  bool was_sent_after(Clock::time_point time) const;
  void set_failure(CURLcode code);

  HttpClient& client_;
  Address address_;
  /// By plain HTTP.
  std::string host_field_;
  void* owner_ = nullptr;
  /// What of one handshake makes the next one with the same device shorter; null: none yet. Goes
  /// with the device.
  ShareHandle sessions_;

  // Of the call in progress.
  EasyHandle easy_;
  Slist fields_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  Duration time_{};
  std::optional<TlsTerms> tls_;
  Clock::time_point started_at_;
  std::optional<Deadlines::iterator> deadline_;
  bool has_time_anew_ = false;
  /// Of libcurl at its socket.
  unsigned looks_ = 0;
  /// Not handed back by HttpClient yet.
  bool running_ = false;

  // What has come of it.
  AnswerSink sink_;
  int status_ = 0;
  bool unsent_ = false;
  std::optional<Cause> failure_;
  std::string detail_;
  std::optional<Certificate> certificate_;
  CertificateTime certificate_time_ = CertificateTime::valid;
  // Of a connection that was for TLS, at its end.
  bool has_connected_ = false;
  /// Anything at all.
  bool has_received_ = false;
  /// `errno` of a socket() that failed; 0: none.
  int socket_error_ = 0;
  bool out_of_memory_ = false;
  bool flooded_ = false;
};

}  // namespace stage3::net
