#pragma once

#include <string>
#include <vector>

#include "fleet.hpp"

namespace sim {

/// Reads every *.json file of a directory as a captured device, in the order of the file names.
/// Throws InputError for a file that is none.
std::vector<Capture> read_captures(const std::string& directory);

}  // namespace sim
