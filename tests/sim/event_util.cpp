#include "event_util.hpp"

#include <sys/socket.h>

#include <cmath>

namespace sim {

timeval to_timeval(double seconds) {
  const double whole = std::floor(seconds);
  return {static_cast<time_t>(whole), static_cast<suseconds_t>((seconds - whole) * 1e6)};
}

void reset_on_close(evutil_socket_t socket) {
  const linger option{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, sizeof option);
}

}  // namespace sim
