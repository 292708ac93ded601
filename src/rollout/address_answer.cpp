#include "rollout/address_answer.hpp"

namespace stage3::rollout {

namespace {

/// So old may be what a name or an update is sent on the strength of.
constexpr auto kFresh = std::chrono::seconds(1);

}  // namespace

void AddressAnswer::add(const Call& call, const Reply& reply, Clock::time_point now,
                        std::int64_t seconds_since_epoch) {
  // Nobody reads the body of an answer that is not whole, and it may be large.
  const std::string_view body = reply.failure ? std::string_view() : reply.body;
  heard_.push_back({call.tls, reply.status, std::string(body), reply.failure,
                    std::string(reply.detail), std::string(reply.location), reply.key,
                    reply.certificate});
  heard_at_ = now;
  time_ = seconds_since_epoch;
}

bool AddressAnswer::is_usable() const {
  return !heard_.empty() && heard_.back().failure != Cause::local;
}

bool AddressAnswer::is_fresh(Clock::time_point now) const {
  return now - heard_at_ <= kFresh;
}

Action AddressAnswer::play_to(DeviceProbe& probe, const Started& start) const {
  Action action = probe.on(start);
  auto heard = heard_.begin();
  while (!probe.seen()) {
    if (std::holds_alternative<Ping>(action)) {
      action = probe.on(Pinged{answers_ping_});
    } else if (const auto* wait = std::get_if<Wait>(&action); wait != nullptr && !wait->is_away) {
      action = probe.on(Waited{});
    } else if (const auto* call = std::get_if<Call>(&action);
               call != nullptr && heard != heard_.end() && call->tls == heard->tls) {
      Reply reply;
      reply.status = heard->status;
      reply.body = heard->body;
      reply.failure = heard->failure;
      reply.detail = heard->detail;
      reply.location = heard->location;
      reply.key = heard->key;
      reply.certificate = heard->certificate;
      ++heard;
      action = probe.on(reply);
    } else {
      break;
    }
  }
  return action;
}

}  // namespace stage3::rollout
