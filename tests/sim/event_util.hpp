#pragma once

#include <event2/util.h>
#include <sys/time.h>

namespace sim {

timeval to_timeval(double seconds);

/// Makes the coming close of `socket` send a TCP reset instead of an orderly end.
void reset_on_close(evutil_socket_t socket);

}  // namespace sim
