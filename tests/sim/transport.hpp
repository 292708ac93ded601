#pragma once

#include <cstdint>

namespace sim {

/// How a request came in.
struct Transport {
  std::uint16_t port = 0;
  const char* tls = nullptr;    ///< version of TLS, e.g. "1.3"; null: in clear
  bool is_resumed = false;      ///< the TLS session goes on with an earlier one
  const char* fault = nullptr;  ///< of the handshake, as the log tells it
};

}  // namespace sim
