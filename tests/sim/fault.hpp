#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "rpc_name.hpp"

namespace sim {

struct Device;

struct RpcError {
  int code = 0;
  std::string message;
};

enum class FaultKind {
  status,
  error,
  hang,
  reset,
  close,
  truncate,
  garbage,
  drip,
  endless,
  mac,
  headers,
  redirect,
  challenge,
  raw,
};

/// The word that the scenario file and the log use for `kind`.
const char* name_of(FaultKind kind);

/// One misbehaviour of a device; docs/simulator.md says what each kind does.
struct Fault {
  FaultKind kind = FaultKind::status;
  RpcSet rpcs;             ///< the RPCs that it befalls, and whose calls `from` counts
  std::uint32_t from = 1;  ///< the first call that it befalls
  std::uint32_t count = std::numeric_limits<std::uint32_t>::max();
  bool executed = false;  ///< the RPC takes effect although its answer is lost
  int status = 500;
  std::optional<RpcError> error;
  std::string text;          ///< body, Location, WWW-Authenticate or the raw bytes
  bool breaks_http = false;  ///< garbage instead of a status line, not only in the body
  std::size_t bytes = 0;
  std::size_t lines = 1;
  double interval = 0;  ///< seconds between two pieces
  std::uint64_t mac = 0;
  std::string id;  ///< of the device that `mac` turns this one into
};

/// The first fault that befalls the call of `rpc` just counted in `device`, or null. Faults of kind
/// `mac` do not count here: they alter the identity, not one call.
const Fault* fault_for(const Device& device, Rpc rpc);

/// The fault that makes `device` answer as another one at present, or null.
const Fault* identity_fault(const Device& device);

}  // namespace sim
