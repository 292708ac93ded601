// Whether the reply to a call by TLS comes from who has answered before.

#include <string>
#include <string_view>

#include "probe/exchange.hpp"

namespace stage3::probe {

namespace {

const char* words_of_distrust(Cause cause) {
  if (cause == Cause::tls_key) return "TLS key changed";
  if (cause == Cause::tls_untrusted) return "TLS certificate does not chain to network.tls_ca";
  return "it is not known which TLS key the device has";
}

}  // namespace

/// Whoever answers by TLS must be the same from the first call to the last, whatever is asked.
Action Exchange::read(const Step<Reply>& reader, const Reply& reply) {
  Route& route = conversation_.route;
  const bool is_unnamed = route.is_tls() && !reply.failure && !reply.key;
  if (is_unnamed || reply.failure == Cause::tls_key || reply.failure == Cause::tls_untrusted)
    // While the device is away whoever has its address is nobody's business.
    return conversation_.update.is_away ? reader(reply) : distrust(reply);
  route.note(reply);
  return reader(reply);
}

/// Nothing was sent, and nothing will be; unless the caller takes the new key, before anything is
/// known of who has it.
Action Exchange::distrust(const Reply& reply) {
  const auto& decide = conversation_.policy.accept_key;
  DeviceResult& result = conversation_.result;
  Route& route = conversation_.route;
  const bool may_be_taken = reply.failure == Cause::tls_key && reply.key && !conversation_.peer &&
                            !route.has_taken_key() && decide;
  if (may_be_taken && decide(result.device, *reply.key)) {
    route.take_key(*reply.key);
    return transmit();
  }
  const Cause cause = reply.failure.value_or(Cause::local);
  const std::string detail(cause == Cause::tls_untrusted ? reply.detail : std::string_view());
  conversation_.fail(Part::identity, cause, detail.empty() ? words_of_distrust(cause) : detail);
  result.ota_status = OtaStatus::error;
  conversation_.peer.reset();
  return done();
}

}  // namespace stage3::probe
