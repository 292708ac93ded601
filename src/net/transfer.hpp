#pragma once

#include <string>

#include <stage3/device.hpp>
#include <stage3/device_probe.hpp>

#include "net/answer_sink.hpp"
#include "net/curl.hpp"

namespace stage3::net {

/// One HTTP call after the other to one device, over a libcurl handle that is kept while the device
/// is in progress (it holds the login's nonce) and serves another device afterwards. Belongs to one
/// HttpClient's thread.
class Transfer {
 public:
  Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Makes this the transfer of another device: forgets every login. `owner` is the caller's, to
  /// find the device again when HttpClient hands the finished transfer back.
  void serve(const Address& address, void* owner);

  void* owner() const noexcept { return owner_; }

  /// The reply to the call that has ended; views live until the next call.
  Reply reply() const noexcept;

  /// The call ended because this process had no descriptor left for its socket; it never left this
  /// machine.
  bool lacked_descriptor() const noexcept;

 private:
  friend class HttpClient;

  /// Prepares the handle for `call`.
  void prepare(const Call& call);
  void end(CURLcode code);

  void set_safe_options();
  /// Begins anew with a handle that has never seen a challenge.
  void forget_challenge();
  void set_request(const Call& call);
  void set_login(const Call& call);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose,
                                      curl_sockaddr* address) noexcept;

  EasyHandle easy_;
  UrlHandle url_;
  Slist json_headers_;
  Slist stand_in_;  ///< see transfer.cpp
  Slist connect_to_stand_in_;
  Address address_;
  AnswerSink sink_;
  Call call_;
  void* owner_ = nullptr;
  std::optional<Cause> failure_;
  std::string detail_;
  bool running_ = false;
  bool may_hold_challenge_ = false;  ///< in libcurl's handle
  int socket_error_ = 0;             ///< errno of a socket() that failed; 0: none
  bool out_of_memory_ = false;
};

}  // namespace stage3::net
