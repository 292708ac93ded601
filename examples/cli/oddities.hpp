#pragma once

#include <stage3/config.hpp>
#include <stage3/device.hpp>
#include <string>
#include <vector>

namespace cli {

/// Entries that a run would fail without asking anything, since they contradict the configuration
/// or what is on record: TLS that is wanted and forbidden. One text each, as below.
std::vector<std::string> contradictions_of(const std::vector<stage3::Device>& devices,
                                           const stage3::Config& config);

/// What is allowed in a state file, but seldom meant: two entries at one address, two that get one
/// name, however it is spelled, names that will be cut. One text each; may hold anything that the
/// file holds.
std::vector<std::string> oddities_of(const std::vector<stage3::Device>& devices,
                                     const stage3::Config& config);

}  // namespace cli
