#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/answers.hpp"

namespace stage3::rpc {

/// A SHA-256 digest challenge (RFC 7616) that a login may answer. Every text in it can stand
/// between quotes as it is.
struct Challenge {
  /// The device's id.
  std::string realm;
  std::string nonce;
  /// Wanted back, also an empty one (Wall Display).
  std::optional<std::string> opaque;
  /// The user's name travels hashed.
  bool userhash = false;
  /// A login was right but for its nonce, which was too old.
  bool stale = false;
};

/// Judges the WWW-Authenticate fields of one 401 answer before any login is made. A login may go
/// only to a SHA-256 digest challenge for `realm`, the device's id: another algorithm gives the
/// password away more cheaply, another realm is another device's (device-side lock-outs count
/// wrong logins). Devices write challenges plainly, so that whatever is odd in one is no challenge.
Answer<Challenge> read_challenge(const std::vector<std::string_view>& fields,
                                 std::string_view realm);

}  // namespace stage3::rpc
