#pragma once

#include <optional>
#include <string>

#include "fault.hpp"

namespace sim {

struct Call;
struct Device;

/// An RPC's outcome: an error or the JSON text of the result.
struct RpcResult {
  std::optional<RpcError> error;
  std::string json;
};

/// Carries out `call` on `device` at `now` (seconds on the simulator's clock).
RpcResult execute(Device& device, const Call& call, double now);

}  // namespace sim
