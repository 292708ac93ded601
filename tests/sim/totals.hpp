#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "rpc_name.hpp"

namespace sim {

class Fleet;

/// What is counted over a whole run.
struct Totals {
  double started_at = 0;  ///< CLOCK_MONOTONIC in seconds
  std::uint64_t connections = 0;
  std::uint64_t strangers = 0;  ///< connections to addresses without a device
  std::uint64_t requests = 0;
  std::uint64_t requests_in_clear = 0;
  std::uint32_t open = 0;
  std::uint32_t max_open = 0;
  std::array<std::uint64_t, kRpcCount> rpcs{};
  std::map<int, std::uint64_t> statuses;
};

/// Writes the summary (docs/simulator.md) as JSON. Throws InputError when `path` cannot be written.
void write_summary(const std::string& path, const Totals& totals, const Fleet& fleet);

}  // namespace sim
