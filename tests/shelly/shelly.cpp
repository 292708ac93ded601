#include "shelly.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace shelly {

namespace {

/// One allocation: fuzz programs make hundreds of thousands of answers.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts)
    size += part.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view part : parts)
    out += part;
  return out;
}

/// `"stable":{...}`
std::string offer(std::string_view stage, std::string_view version) {
  if (version.empty()) return {};
  return joined({"\"", stage, R"(":{"version":")", version, R"(","build_id":"20260311-095857/)",
                 version, R"(-g0000000"})"});
}

std::string_view auth_en_member(const Device& device) {
  if (!device.auth_en) return {};
  return *device.auth_en ? R"(,"auth_en":true)" : R"(,"auth_en":false)";
}

}  // namespace

std::string_view rpc_of(std::string_view target) {
  constexpr std::string_view kRpc = "/rpc/";
  target = target.substr(0, target.find('?'));
  if (target.substr(0, kRpc.size()) == kRpc) return target.substr(kRpc.size());
  return target.substr(std::min<std::size_t>(1, target.size()));
}

bool asks_identity(std::string_view rpc) {
  return rpc == "Shelly.GetDeviceInfo" || rpc == "shelly";
}

bool writes_name(std::string_view rpc) {
  return rpc == "Sys.SetConfig";
}

bool starts_update(std::string_view rpc) {
  return rpc == "Shelly.Update";
}

bool writes(std::string_view rpc) {
  return !asks_identity(rpc) && rpc != "Sys.GetConfig" && rpc != "Sys.GetStatus" &&
         rpc != "Shelly.CheckForUpdate";
}

Answer answer(Device& device, std::string_view rpc) {
  if (asks_identity(rpc)) return {200, device_info(device)};
  if (rpc == "Sys.GetConfig") return {200, sys_config(device)};
  if (rpc == "Sys.GetStatus") return {200, sys_status(device.uptime)};
  if (rpc == "Shelly.CheckForUpdate") return {200, offers(device.stable, device.beta)};
  if (starts_update(rpc)) return {200, "null"};
  if (!writes_name(rpc)) return {404, error(404, "No handler for " + std::string(rpc))};
  device.name = R"("Neu")";
  return {200, kSaved};
}

Answer first_answer(Device device, std::string_view rpc) {
  return answer(device, rpc);
}

std::string id_of(std::string_view mac) {
  std::string id = joined({"shellyplus1-", mac});
  std::transform(id.begin(), id.end(), id.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return id;
}

std::string device_info(const Device& device) {
  const std::string fw_id =
      device.fw_id ? *device.fw_id : joined({"20260101-100000/", device.version, "-g0000000"});
  const auto told = [](bool is_told, std::string_view text) {
    return is_told ? text : std::string_view();
  };
  return joined({R"({"id":")", id_of(device.mac), R"(","mac":")", device.mac,
                 R"(","model":"SNSW-001X16EU","gen":2,"fw_id":")", fw_id, R"(","ver":")",
                 device.version, R"(","app":"Plus1")", told(device.tells_name, R"(,"name":)"),
                 told(device.tells_name, device.name), auth_en_member(device),
                 told(!device.more.empty(), ","), device.more, "}"});
}

std::string sys_config(const Device& device) {
  return joined(
      {R"({"device":{"name":)", device.name, R"(,"mac":")", device.mac, R"("},"cfg_rev":27})"});
}

std::string sys_status(int uptime, int wakeup_period) {
  return joined({R"({"mac":"A8032ABE54DC","restart_required":false,"time":"13:04","uptime":)",
                 std::to_string(uptime), R"(,"ram_size":246700,"wakeup_period":)",
                 std::to_string(wakeup_period), R"(,"available_updates":{}})"});
}

std::string offers(const std::string& stable, const std::string& beta) {
  const std::string_view comma = stable.empty() || beta.empty() ? "" : ",";
  return joined({"{", offer("stable", stable), comma, offer("beta", beta), "}"});
}

std::string error(int code, std::string_view message) {
  return joined({R"({"code":)", std::to_string(code), R"(,"message":")", message, "\"}"});
}

std::string challenge(const std::string& realm, const std::string& nonce, const std::string& rest) {
  return joined({"Digest qop=\"auth\", realm=\"", realm, "\", nonce=\"", nonce, "\"", rest});
}

}  // namespace shelly
