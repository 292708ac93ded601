#pragma once

#include <cstdint>
#include <memory>

#include "identities.hpp"

namespace sim {

/// What a device with HTTPS has beside the others.
struct TlsState {
  std::uint16_t port = 0;
  std::unique_ptr<Identity> identity;  ///< made by Identities
  std::uint32_t handshakes_begun = 0;
  std::uint32_t handshakes_completed = 0;
  std::uint32_t handshakes_resumed = 0;
  std::uint32_t requests = 0;  ///< over TLS
  std::uint32_t requests_in_clear = 0;
};

}  // namespace sim
