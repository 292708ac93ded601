#include "probe/recognition.hpp"

#include <utility>

#include "probe/reply.hpp"

namespace stage3::probe {

std::optional<rpc::DeviceInfo> recognise(Conversation& conversation, const Reply& reply) {
  const std::optional<OtaStatus> status =
      std::exchange(conversation.result.ota_status, OtaStatus::error);
  if (!succeeded(reply)) {
    const bool is_distrusted =
        reply.failure == Cause::tls_key || reply.failure == Cause::tls_untrusted;
    conversation.fail(Part::identity, reply, is_distrusted ? "" : "cannot be read: ");
    return std::nullopt;
  }
  auto answer = rpc::read_device_info(reply.body);
  if (const auto* unusable = std::get_if<rpc::Unusable>(&answer)) {
    conversation.fail(Part::identity, Cause::malformed, "cannot be read: " + unusable->why);
    return std::nullopt;
  }
  auto& info = std::get<rpc::DeviceInfo>(answer);
  if (info.is_gen1) {
    conversation.fail(Part::identity, Cause::unsupported, "Gen1 is not supported");
    return std::nullopt;
  }
  if (!conversation.is_expected(info.mac)) {
    meet_stranger(conversation, info.mac);
    return std::nullopt;
  }
  conversation.result.ota_status = status;
  conversation.identity_is_old = false;
  return std::optional<rpc::DeviceInfo>(std::move(info));
}

void tell_no_way(Conversation& conversation, Route::Turn turn) {
  if (turn == Route::Turn::forbidden)
    conversation.fail(Part::identity, Cause::tls_only,
                      "HTTPS only, which network.tls or http:// in ip forbids");
  else
    conversation.fail(Part::identity, Cause::redirected, "redirects to another address");
  conversation.result.ota_status = OtaStatus::error;
}

bool lacks_tls(const Conversation& conversation, const Reply& reply) {
  // Who has shown a key has TLS, whatever went wrong afterwards.
  return conversation.route.is_demanded() && !reply.key &&
         (reply.failure == Cause::refused || reply.failure == Cause::tls ||
          reply.failure == Cause::reset || reply.failure == Cause::closed);
}

void tell_no_tls(Conversation& conversation, const Reply& reply) {
  conversation.fail(Part::identity, Cause::tls_missing, "no TLS: " + describe(reply).words);
  conversation.result.ota_status = OtaStatus::error;
}

void meet_stranger(Conversation& conversation, const Mac& found) {
  conversation.fail(
      Part::identity, Cause::wrong_device,
      "expected " + conversation.result.device.mac.to_string() + ", found " + found.to_string());
  conversation.result.ota_status = OtaStatus::error;
  conversation.peer.reset();
}

}  // namespace stage3::probe
