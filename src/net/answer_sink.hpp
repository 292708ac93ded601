#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <stage3/device_probe.hpp>

#include "rpc/challenge.hpp"

namespace stage3::net {

/// Collects what a device answers to one call, within bounds, and decides whether the HTTP client
/// may answer a login challenge. Fed by the client's header and body callbacks; never throws but
/// std::bad_alloc.
class AnswerSink {
 public:
  /// Ten times what any device sends. With the headers, which libcurl keeps too, an evil device
  /// costs less than 64 KiB.
  static constexpr std::size_t kMaxBody = 32 * 1024;
  static constexpr std::size_t kMaxHeaders =
      16 * 1024;  ///< of all answers to one call, 1xx and 401 included

  /// Begins a new call. `login` must live until the call ends. `holds_nonce`: an earlier call on
  /// the same handle was challenged, so that this one carries its login from the start.
  void begin(const std::optional<Login>& login, bool holds_nonce);

  /// Takes one header line, its end included. False: the call must be stopped.
  bool take_header(std::string_view line);

  /// Takes a piece of the body. False: the call must be stopped.
  bool take_body(std::string_view piece);

  int status() const noexcept { return status_; }
  const std::string& body() const noexcept { return body_; }
  bool login_sent() const noexcept { return login_sent_; }
  bool holds_nonce() const noexcept { return holds_nonce_; }
  std::string_view declined() const noexcept { return declined_; }

  /// Stopped by the bounds.
  bool too_large() const noexcept { return too_large_; }
  /// Stopped at a challenge; the answer is the 401.
  bool stopped_at_challenge() const noexcept { return stopped_at_challenge_; }
  /// The last answer was a challenge that a login has been sent to: the call's own answer is still
  /// to come.
  bool answered_challenge() const noexcept { return answered_challenge_; }
  /// A 401 came, whether the call could log in or not.
  bool met_challenge() const noexcept { return met_challenge_; }

 private:
  void begin_answer(std::string_view status_line);
  bool end_headers();

  const Login* login_ = nullptr;
  std::optional<rpc::ChallengeJudge> judge_;
  std::string body_;
  std::string declined_;
  std::size_t header_bytes_ = 0;
  int status_ = 0;
  bool holds_nonce_ = false;
  bool login_sent_ = false;
  bool renewed_ = false;
  bool too_large_ = false;
  bool stopped_at_challenge_ = false;
  bool answered_challenge_ = false;
  bool met_challenge_ = false;
};

}  // namespace stage3::net
