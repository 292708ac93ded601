#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "reply.hpp"
#include "rpc_name.hpp"

namespace sim {

struct Device;
struct Firmware;
struct Request;

/// What the log tells of a request beside the request itself.
struct Judgement {
  Rpc rpc = Rpc::other;
  std::string method;                 ///< RPC name as sent; empty where there is none
  std::optional<bool> is_accepted;    ///< the login; nothing where none was sent
  const char* fault = nullptr;        ///< kind of the fault that befell the request
  const Firmware* started = nullptr;  ///< the update that the request has started
  std::size_t open = 0;               ///< connections that the device has at that moment
};

/// Answers `request` as `device` does at `now` (seconds on the simulator's clock): counts the call,
/// applies faults, login and update phases. `seed` is that of the scenario.
Reply respond(Device& device, const Request& request, double now, std::uint64_t seed,
              Judgement& judgement);

/// The answer to bytes that are no request: 400 since firmware 1.3.0, a closed connection before.
Reply respond_to_garbage(const Device& device);

}  // namespace sim
