#pragma once

#include <deque>
#include <exception>
#include <optional>

#include <stage3/device_probe.hpp>

#include "base/clock.hpp"
#include "net/curl.hpp"
#include "net/http_transfer.hpp"
#include "net/poller.hpp"

namespace stage3::net {

/// Runs any number of transfers at a time on one thread's Poller: libcurl's multi handle, driven by
/// socket events.
class HttpClient {
 public:
  /// `tls_ca`: PEM, see Prototype. All must outlive the client.
  HttpClient(const TimeSource& time, Poller& poller, const std::string& tls_ca);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// A socket of a transfer is ready.
  void on_event(const Poller::Event& event);

  /// Lets libcurl look at its timers if they are due.
  void on_time(Clock::time_point now);

  /// Ends one call whose time is over, unless its answer has arrived and only waits to be read: a
  /// process that was stopped for a while must not blame the devices. False: no call is overdue.
  bool end_overdue(Clock::time_point now);

  /// When on_time() or end_overdue() wants to be called; none: not at all. In the past while
  /// next_finished() has something.
  std::optional<Clock::time_point> deadline() const noexcept;

  /// A transfer whose reply is there, or nullptr.
  HttpTransfer* next_finished();

 private:
  friend class HttpTransfer;

  /// Connects, and so can end the call at once.
  void start(HttpTransfer& transfer, const Call& call);
  void abandon(HttpTransfer& transfer) noexcept;

  void fill_name_cache();
  void look_at_timers();
  void act(curl_socket_t socket, int events);
  /// Takes from libcurl the calls that it has ended.
  void collect();
  void end(HttpTransfer& transfer, CURLcode code);
  void read_what_is_there(HttpTransfer& transfer);
  bool give_time_anew(HttpTransfer& transfer, Clock::time_point now);
  bool give_time_for_handshake(HttpTransfer& transfer, Clock::time_point now);
  void move_deadline(HttpTransfer& transfer, Clock::time_point time) noexcept;
  void release(HttpTransfer& transfer) noexcept;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self,
                       void* was_watched) noexcept;
  static int on_timer(CURLM* multi, long milliseconds, void* self) noexcept;

  CurlGlobal global_;
  const TimeSource& time_;
  Poller& poller_;
  Prototype plain_;
  Prototype secure_;
  /// libcurl's own.
  std::optional<Clock::time_point> timer_;
  Deadlines deadlines_;
  /// Thrown inside one of libcurl's callbacks, which must not pass it on.
  std::exception_ptr parked_;
  MultiHandle multi_;
  /// Calls that libcurl has and has not ended yet, or not said so.
  int in_libcurl_ = 0;
  /// libcurl has ended calls that were not collected.
  bool has_ended_some_ = false;
  std::deque<HttpTransfer*> finished_;
};

}  // namespace stage3::net
