#pragma once

#include <stage3/device_probe.hpp>

#include <string>
#include <string_view>

namespace stage3::fuzz {

/// What happens to a probe, a line for each of its actions; behind the last line all goes well.
class Script {
 public:
  /// The first character of a line says how an action ends. Any: a ping is answered, a permit
  /// granted; `-`: it is not. For a call:
  ///   k 200 | a 401 with a challenge | A the same, for a stale nonce | D a challenge that no login
  ///   may answer | N 401 without one | y 429 | g 404 | e 500 | u 503 | h 302 |
  ///   r refused | t timeout | T timeout after the status line | z closed | m malformed | L local
  /// `!` abandons the conversation, `?` sends an event that does not belong to the action.
  ///
  /// The rest of the line is the body. Nothing: what a device would say that has news of all
  /// kinds; `@` and a letter: one of other_body(); else the body itself.
  class Turn {
   public:
    explicit Turn(std::string_view line)
        : how_(line.empty() ? 'k' : line.front()), body_(line.substr(line.empty() ? 0 : 1)) {}

    bool abandons() const { return how_ == '!'; }
    bool is_out_of_order() const { return how_ == '?'; }
    bool says_yes() const { return how_ != '-'; }

    std::string body_for(const Call& call) const;
    /// `body` must outlive the reply.
    Reply reply_to(std::string_view body) const;

   private:
    char how_;
    std::string_view body_;
  };

  explicit Script(std::string_view lines) : rest_(lines) {}
  Turn next();

 private:
  std::string_view rest_;
};

}  // namespace stage3::fuzz
