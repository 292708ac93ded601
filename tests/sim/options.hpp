#pragma once

#include <cstdint>
#include <string>

#include "fleet.hpp"

namespace sim {

/// The command line.
struct Options {
  FleetPlan fleet;
  std::uint16_t port = 8080;
  std::uint16_t tls_port = 8443;
  std::string scenario, captures, log, state, summary, ca, keys;  ///< paths; empty: none
  bool wraps_state = false;
  double lifetime = 600;  ///< seconds
};

/// Reads the command line; on --help or a mistake prints what there is to say and ends the process
/// with status 0 or 2.
Options parse_options(int argc, char** argv);

}  // namespace sim
