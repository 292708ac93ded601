// Is the device there, and is it the one it should be?

#include <strings.h>

#include <utility>

#include "probe/reply.hpp"
#include "probe/version_order.hpp"
#include "rpc/answers.hpp"
#include "rpc/digest.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

namespace {

/// Firmware before 1.0.2 computes the login digest without the query. The date is that of 0.14.1: a
/// build that has no number and is older belongs to them.
bool ignores_query_in_digest(const rpc::DeviceInfo& info) {
  const auto order =
      probe::FirmwareVersion::compare({info.ver, info.fw_id}, {"1.0.2", "20230308-091102/0.14.1"});
  return order && *order < 0;
}

/// `shellyplus1-a8032abe54dc` names A8032ABE54DC; a Wall Display writes it in capitals.
bool names(const std::string& id, const Mac& mac) {
  const std::string digits = mac.to_string();
  return id.size() > digits.size() &&
         ::strcasecmp(id.c_str() + id.size() - digits.size(), digits.c_str()) == 0;
}

}  // namespace

DeviceProbe::DeviceProbe(const Policy& policy, Device device) : policy_(policy) {
  result_.device = std::move(device);
}

DeviceProbe::~DeviceProbe() = default;

// --- 1. Reachable?

Action DeviceProbe::start(const Started& event) {
  random_ = event.random;
  if (result_.device.defect.empty()) return ping(&DeviceProbe::pinged);
  fail(Part::entry, Cause::bad_value, result_.device.defect);
  result_.ota_status = OtaStatus::error;
  return done();
}

Action DeviceProbe::pinged(const Pinged& event) {
  answered_ping_ = event.alive;
  const auto& timeouts = policy_.config.timeouts;
  return ask(rpc::get_device_info(), event.alive ? timeouts.rpc : timeouts.reach,
             &DeviceProbe::identified);
}

Action DeviceProbe::offline(const Reply& reply) {
  if (answered_ping_) fail(Part::reach, reply, "answers ping, not HTTP: ");
  result_.ota_status = OtaStatus::offline;
  return done();
}

// --- 2. The right one?

Action DeviceProbe::identified(const Reply& reply) {
  if (!speaks_http_ && probe::is_silence(reply)) return offline(reply);
  // Gen1 knows no /rpc; where it wants a login, for which Gen2 never asks here, it says 401 first.
  if (!reply.failure && (reply.status == 404 || reply.status == 401))
    return ask(rpc::get_shelly(), policy_.config.timeouts.rpc, &DeviceProbe::gen1_asked);
  return identify(reply);
}

Action DeviceProbe::gen1_asked(const Reply& reply) {
  return identify(reply);
}

Action DeviceProbe::identify(const Reply& reply) {
  const auto info = right_device(reply);
  if (!info) return done();
  return begin(*info);
}

std::unique_ptr<rpc::DeviceInfo> DeviceProbe::right_device(const Reply& reply) {
  const std::optional<OtaStatus> status = std::exchange(result_.ota_status, OtaStatus::error);
  if (!probe::succeeded(reply)) {
    fail(Part::identity, reply, "cannot be read: ");
    return nullptr;
  }
  auto answer = rpc::read_device_info(reply.body);
  if (const auto* unusable = std::get_if<rpc::Unusable>(&answer)) {
    fail(Part::identity, Cause::malformed, "cannot be read: " + unusable->why);
    return nullptr;
  }
  auto& info = std::get<rpc::DeviceInfo>(answer);
  if (info.is_gen1) {
    fail(Part::identity, Cause::unsupported, "Gen1 is not supported");
    return nullptr;
  }
  if (!is_expected(info.mac)) {
    wrong_device(info.mac);
    return nullptr;
  }
  result_.ota_status = status;
  return std::make_unique<rpc::DeviceInfo>(std::move(info));
}

bool DeviceProbe::is_expected(const Mac& found) const {
  if (found == result_.device.mac) return true;
  for (const Mac& alias : result_.device.aliases)
    if (found == alias) return true;
  return false;
}

Action DeviceProbe::wrong_device(const Mac& found) {
  fail(Part::identity, Cause::wrong_device,
       "expected " + result_.device.mac.to_string() + ", found " + found.to_string());
  result_.ota_status = OtaStatus::error;
  seen_ = false;
  return done();
}

Action DeviceProbe::begin(const rpc::DeviceInfo& info) {
  seen_ = true;
  identity_is_old_ = false;
  id_is_own_ = names(info.id, info.mac);
  result_.id = info.id;
  result_.app = info.app;
  result_.fw = info.ver;
  result_.fw_id = info.fw_id;
  name_in_info_ = info.name.told;
  if (info.name.told) result_.device_name = info.name.name;
  may_want_login_ = info.auth_en;
  if (info.auth_en && ignores_query_in_digest(info)) parameters_ = rpc::Parameters::in_body;
  return sync_name();
}

}  // namespace stage3
