#pragma once

#include <string>
#include <string_view>

namespace stage3::rpc {

/// Judges the WWW-Authenticate fields of one 401 answer before any login is sent. A login may go
/// only to a SHA-256 digest challenge for the realm that is the device's id: another algorithm
/// gives the password away more cheaply, another realm is another device's (device-side lock-outs
/// count wrong logins).
class ChallengeJudge {
 public:
  explicit ChallengeJudge(std::string_view realm) : realm_(realm) {}

  /// Takes the value of one WWW-Authenticate field.
  void take(std::string_view value);

  /// Empty: a login may be sent. Else why not, in a few words.
  std::string_view objection() const noexcept;

  /// The accepted challenge says that only the nonce was too old.
  bool stale() const noexcept { return stale_; }

 private:
  std::string realm_;
  std::string objection_;
  bool digest_seen_ = false;
  bool stale_ = false;
};

}  // namespace stage3::rpc
