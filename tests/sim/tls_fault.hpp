#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "certificate_plan.hpp"
#include "rpc_name.hpp"

namespace sim {

struct Device;

enum class TlsFaultKind {
  key,  ///< the device proves itself with another key; the others break the handshake
  alert,
  close,
  reset,
  hang,
  drip,
  garbage,
  http,
  downgrade,
  endless,
};

/// The word that the scenario file uses for `kind`.
const char* name_of(TlsFaultKind kind);

/// How the log calls it.
const char* log_name_of(TlsFaultKind kind);

/// One misbehaviour in handshakes; docs/simulator.md says what each kind does.
struct TlsFault {
  static constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();

  TlsFaultKind kind = TlsFaultKind::key;
  std::uint32_t from = 1;  ///< the first handshake that it befalls
  std::uint32_t count = kAll;
  RpcSet rpcs;                    ///< whose calls are counted
  std::uint32_t after_calls = 0;  ///< so many calls came before
  std::uint32_t for_calls = kAll;
  double after_seconds = 0;  ///< since the start of the simulator
  double for_seconds = std::numeric_limits<double>::infinity();
  std::optional<CertificatePlan> certificate;  ///< of the other key; nothing: as the device's own
  std::uint8_t alert = 40;                     ///< handshake_failure
  std::size_t bytes = 0;                       ///< sent before it ends, or at a time
  double interval = 0;                         ///< seconds between two pieces
  std::uint8_t minor_version = 1;              ///< offered: 1 stands for TLS 1.0, 2 for 1.1
};

/// The first fault that breaks the handshake that `device` has just begun, or null. `now` in
/// seconds on the simulator's clock.
const TlsFault* handshake_fault(const Device& device, double now);

/// The first that gives the device another key in it, or null.
const TlsFault* key_fault(const Device& device, double now);

}  // namespace sim
