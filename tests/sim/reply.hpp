#pragma once

#include <cstddef>
#include <string>

namespace sim {

/// How the bytes of a reply reach the client.
enum class Delivery {
  plain,    ///< at once, then the connection is closed
  hang,     ///< at once, then the connection stays open
  reset,    ///< at once, then a TCP reset
  close,    ///< at once, then the end of the connection
  drip,     ///< `piece` bytes every `interval` seconds
  linger,   ///< at once; closed when the client has closed, since it may still be sending
  endless,  ///< the last `piece` bytes are repeated until the client leaves
};

struct Reply {
  Delivery delivery = Delivery::plain;
  int status = 0;  ///< HTTP status for the log; 0: none is sent
  std::string bytes;
  std::size_t piece = 1;
  double interval = 0;  ///< seconds
  double delay = 0;     ///< seconds before anything is sent
};

}  // namespace sim
