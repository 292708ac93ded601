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

  /// After a send.
  Action begin();
  /// For one that somebody else has sent.
  Action join();
  /// Nobody waits any longer: it stays sent.
  Action give_up();

 private:
  Action leave(Duration);
  Action look(const Waited&);
  Action looked(const Reply&);
  Action status_read(const Reply&);
  Action came_back(std::optional<std::int64_t> uptime);
  Action has_target(std::optional<std::int64_t> uptime);
  Action still_away();
  Action end(UpdateState, std::int64_t ended_at);
  bool is_late() { return conversation().now.steady >= deadline_; }

  Identity& first_;
  /// By the clock that nobody sets.
  Duration deadline_{};
  Duration sent_{};
  Seen seen_ = Seen::nothing;
  /// It runs the new build, and is watched for a while: since when, and its uptime then.
  struct Settling {
    Duration since;
    std::int64_t uptime;
  };
  std::optional<Settling> settling_;
};

}  // namespace stage3::probe
