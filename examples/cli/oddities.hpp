#pragma once

#include <stage3/config.hpp>
#include <stage3/device.hpp>
#include <string>
#include <vector>

namespace cli {

/// What is allowed in a state file, but seldom meant: two entries at one address, two with one
/// wanted name, names that will be cut. One text each; may hold anything that the file holds.
std::vector<std::string> oddities_of(const std::vector<stage3::Device>& devices,
                                     const stage3::Config& config);

}  // namespace cli
