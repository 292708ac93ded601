#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string>
#include <vector>

#include "json_node.hpp"
#include "match.hpp"

namespace sim {

/// Settings for the devices that match; later rules override earlier ones.
struct Rule {
  Match match;
  Node settings;  ///< for read_settings
};

/// A scenario file; docs/simulator.md is its reference.
struct Scenario {
  rapidjson::Document document;  ///< `rules` and `state_entries` point into it
  std::uint64_t seed = 1;
  std::vector<Rule> rules;
  std::vector<std::pair<std::string, Node>> state_entries;  ///< by MAC
};

/// Reads and checks a scenario file. Throws InputError. An empty path is an empty scenario.
Scenario read_scenario(const std::string& path);

}  // namespace sim
