#include "probe/recognition.hpp"

#include <utility>

#include "probe/reply.hpp"

namespace stage3::probe {

std::optional<rpc::DeviceInfo> recognise(Conversation& conversation, const Reply& reply) {
  const std::optional<OtaStatus> status =
      std::exchange(conversation.result.ota_status, OtaStatus::error);
  if (!succeeded(reply)) {
    conversation.fail(Part::identity, reply, "cannot be read: ");
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

void meet_stranger(Conversation& conversation, const Mac& found) {
  conversation.fail(
      Part::identity, Cause::wrong_device,
      "expected " + conversation.result.device.mac.to_string() + ", found " + found.to_string());
  conversation.result.ota_status = OtaStatus::error;
  conversation.peer.reset();
}

}  // namespace stage3::probe
