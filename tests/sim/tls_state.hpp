#pragma once

#include <cstdint>
#include <map>

#include "identities.hpp"

namespace sim {

/// What a device with HTTPS has beside the others.
struct TlsState {
  std::uint16_t port = 0;
  /// Made by Identities, by the fault that is the reason for it; null: the device's own.
  std::map<const TlsFault*, Identity> identities;
  std::uint32_t handshakes_begun = 0;
  std::uint32_t handshakes_completed = 0;
  std::uint32_t handshakes_resumed = 0;
  std::uint32_t requests = 0;  ///< over TLS
  std::uint32_t requests_in_clear = 0;
};

}  // namespace sim
