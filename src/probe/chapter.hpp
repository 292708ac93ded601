#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "probe/conversation.hpp"
#include "probe/exchange.hpp"

namespace stage3::probe {

/// A part of the conversation that ends by beginning the next one, or with done().
class Chapter : public StepOwner {
 public:
  Chapter(const Chapter&) = delete;
  Chapter& operator=(const Chapter&) = delete;

 protected:
  Chapter(Conversation& conversation, Exchange& exchange)
      : conversation_(conversation), exchange_(exchange) {}
  ~Chapter() = default;

  Action ask(rpc::Request request, Step<Reply> next) {
    return exchange_.ask(std::move(request), next);
  }
  Action tell(rpc::Request request, Step<Reply> next) {
    return exchange_.tell(std::move(request), next);
  }
  Action done() { return exchange_.done(); }
  /// The end, with an update that is wanted and does not start, for this reason; empty: none of its
  /// own.
  Action hold(std::string_view reason) {
    conversation_.hold(reason);
    return done();
  }

  Conversation& conversation() { return conversation_; }
  const Conversation& conversation() const { return conversation_; }
  Exchange& exchange() { return exchange_; }
  DeviceResult& result() { return conversation_.result; }
  const Policy& policy() const { return conversation_.policy; }
  const Config& config() const { return conversation_.policy.config; }

 private:
  Conversation& conversation_;
  Exchange& exchange_;
};

}  // namespace stage3::probe
