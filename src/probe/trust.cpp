// Whether the reply to a call by TLS comes from who has answered before.

#include <string>
#include <string_view>

#include "probe/exchange.hpp"

namespace stage3::probe {

namespace {

std::string_view words_of_distrust(const Reply& reply) {
  if (reply.failure == Cause::tls_key) return "TLS key changed";
  if (reply.failure != Cause::tls_untrusted) return "it is not known which TLS key the device has";
  return reply.detail.empty() ? "TLS certificate does not chain to network.tls_ca" : reply.detail;
}

}  // namespace

/// Whoever answers by TLS must be the same from the device's first answer to the last, whatever is
/// asked.
Action Exchange::read(const Step<Reply>& reader, const Reply& reply) {
  Route& route = conversation_.route;
  const bool is_unnamed = route.is_tls() && !reply.failure && !reply.key;
  if (is_unnamed || reply.failure == Cause::tls_key || reply.failure == Cause::tls_untrusted)
    return distrust(reader, reply);
  route.note(reply);
  return reader(reply);
}

/// Nothing was sent, and nothing will be; unless the caller takes the new key, before anything is
/// known of who has it.
Action Exchange::distrust(const Step<Reply>& reader, const Reply& reply) {
  const auto& decide = conversation_.policy.accept_key;
  DeviceResult& result = conversation_.result;
  Route& route = conversation_.route;
  const bool may_be_taken =
      reply.failure == Cause::tls_key && reply.key && route.may_take_key() && decide;
  if (may_be_taken && decide(result.device, *reply.key)) {
    route.take_key(*reply.key);
    return transmit();
  }
  const Cause cause = reply.failure.value_or(Cause::local);
  const std::string_view words = words_of_distrust(reply);
  // Whoever has the address of a device that is away may be gone again before it is back.
  if (conversation_.update.is_away) {
    Reply unread;
    unread.failure = cause;
    unread.detail = words;
    return reader(unread);
  }
  conversation_.fail(Part::identity, cause, std::string(words));
  result.ota_status = OtaStatus::error;
  conversation_.peer.reset();
  return done();
}

}  // namespace stage3::probe
