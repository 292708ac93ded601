#pragma once

#include <optional>

#include "fault.hpp"

namespace sim {

struct Call;
struct Device;

/// Sys.SetConfig: stores the name, `eco_mode` and `discoverable`, and raises cfg_rev. Other parts
/// of the configuration are taken and forgotten.
std::optional<RpcError> apply_config(Device& device, const Call& call);

}  // namespace sim
