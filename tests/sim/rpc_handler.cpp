#include "rpc_handler.hpp"

#include "describe.hpp"
#include "device.hpp"
#include "rpc_call.hpp"
#include "set_config.hpp"
#include "settings.hpp"
#include "update_cycle.hpp"

namespace sim {
namespace {

RpcResult failure(int code, std::string message) {
  return {RpcError{code, std::move(message)}, {}};
}

RpcResult success(std::string json) {
  return {std::nullopt, std::move(json)};
}

RpcResult check_for_update(Device& device, double now) {
  if (device.settings->update.has_internet) {
    RpcResult offers = success(describe_offers(device, now));
    ++device.checks_answered;
    return offers;
  }
  // Firmware before 1.0.0 did not tell "no update" from "could not ask".
  if (device.firmware->number.major == 0) return success("{}");
  return failure(-114, "Resource unavailable: Failed to fetch update info!");
}

RpcResult update(Device& device, const Call& call, double now) {
  std::string stage;
  const auto parameter = call.params.FindMember("stage");
  if (parameter != call.params.MemberEnd() && parameter->value.IsString()) {
    stage = parameter->value.GetString();
  }
  if (auto error = start_update(device, stage, now)) return {std::move(error), {}};
  return success("null");
}

RpcResult reboot(Device& device, double now) {
  start_reboot(device, now);
  return success("null");
}

RpcResult set_config(Device& device, const Call& call) {
  if (auto error = apply_config(device, call)) return {std::move(error), {}};
  return success(R"({"restart_required":false})");
}

}  // namespace

RpcResult execute(Device& device, const Call& call, double now) {
  const bool tells_identity = call.rpc == Rpc::get_device_info || call.rpc == Rpc::shelly_page;
  if (!tells_identity && settle(device, now) == Phase::pending) {
    return failure(-109, "Failed precondition: Restart pending!");
  }
  switch (call.rpc) {
    case Rpc::get_device_info:
    case Rpc::shelly_page:
      return success(describe_info(device, now));
    case Rpc::get_status:
      return success(describe_status(device, now));
    case Rpc::get_config:
      return success(describe_config(device));
    case Rpc::check_for_update:
      return check_for_update(device, now);
    case Rpc::update:
      return update(device, call, now);
    case Rpc::reboot:
      return reboot(device, now);
    case Rpc::sys_get_status:
      return success(describe_sys_status(device, now));
    case Rpc::sys_get_config:
      return success(describe_sys_config(device));
    case Rpc::sys_set_config:
      return set_config(device, call);
    case Rpc::other:
      break;
  }
  return failure(404, "No handler for " + call.method);
}

}  // namespace sim
