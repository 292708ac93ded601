#pragma once

#include <cstdint>
#include <optional>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

class Identity;

/// Waits until an update has ended: until the device itself shows what became of it. Where that is
/// the new build, the conversation begins anew.
class Awaiting : public Chapter {
 public:
  Awaiting(Conversation& conversation, Exchange& exchange, Identity& first)
      : Chapter(conversation, exchange), first_(first) {}

  /// How far it has come.
  struct State {
    /// By the clock that nobody sets. None: it counts from the end of the quiet time, for nobody
    /// knows before when the send was over.
    std::optional<Duration> deadline;
    /// When the pending wait is over.
    Duration due{};
    /// It runs the new build, and is watched for a while: so long must it have run by now.
    std::optional<Duration> least_uptime;
    Seen seen = Seen::nothing;
    bool may_have_rebooted = false;
  };
  const State& state() const { return state_; }
  /// Goes on where `state` was, with the next thing that is to happen: the wait is over.
  void resume(const State& state, const Exchange::Rest& rest);

  /// After a send.
  Action begin();
  /// For one that somebody else has sent.
  Action join();
  /// Nobody waits any longer: it stays sent.
  Action give_up();

 private:
  Action leave(Duration);
  Action poll_again();
  Action look(const Waited&);
  Action ask_who(Step<Reply> next);
  Action looked(const Reply&);
  Action answered(const Reply&);
  Action status_read(const Reply&);
  Action came_back(std::optional<std::int64_t> uptime);
  Action has_target(std::optional<std::int64_t> uptime);
  Action still_away(const Reply&);
  Action end(UpdateState, std::int64_t ended_at);
  bool is_late() { return conversation().now.steady >= state_.deadline; }
  /// For how long at least it must have run if it has not rebooted since the send.
  Duration since_send();

  Identity& first_;
  State state_;
};

}  // namespace stage3::probe
