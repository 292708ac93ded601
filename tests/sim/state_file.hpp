#pragma once

#include <string>

namespace sim {

class Fleet;
struct Scenario;

/// Writes the ip_state.json that knows the fleet, in the order of the devices and then of the
/// scenario's `state_entries`. Throws InputError when `path` cannot be written.
void write_state_file(const std::string& path, bool is_wrapped, const Fleet& fleet,
                      const Scenario& scenario);

}  // namespace sim
