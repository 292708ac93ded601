#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sim {

/// What a request asks for; the names are those of the scenario file and of the log.
enum class Rpc {
  get_device_info,
  get_status,
  get_config,
  check_for_update,
  update,
  reboot,
  sys_get_status,
  sys_get_config,
  sys_set_config,
  shelly_page,  ///< GET /shelly
  other,        ///< any other method or path
};

inline constexpr std::size_t kRpcCount = 11;

using RpcSet = std::bitset<kRpcCount>;

constexpr std::size_t index_of(Rpc rpc) {
  return static_cast<std::size_t>(rpc);
}

inline constexpr std::array<std::string_view, kRpcCount> kRpcNames = {
    "Shelly.GetDeviceInfo",
    "Shelly.GetStatus",
    "Shelly.GetConfig",
    "Shelly.CheckForUpdate",
    "Shelly.Update",
    "Shelly.Reboot",
    "Sys.GetStatus",
    "Sys.GetConfig",
    "Sys.SetConfig",
    "/shelly",
    "other",
};

constexpr std::string_view name_of(Rpc rpc) {
  return kRpcNames[index_of(rpc)];
}

/// The RPC with that exact name; nothing for an unknown one.
inline std::optional<Rpc> rpc_named(std::string_view name) {
  for (std::size_t i = 0; i < kRpcCount; ++i) {
    if (kRpcNames[i] == name) return static_cast<Rpc>(i);
  }
  return std::nullopt;
}

}  // namespace sim
