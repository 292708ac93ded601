#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json_node.hpp"

namespace sim {

/// What the globs of a rule are held to.
struct Candidate {
  std::string mac, ip, app, model;
};

/// The devices that a rule is for: all conditions that are given must hold.
struct Match {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> indices;  ///< closed ranges; empty: all
  std::uint32_t every = 1;
  std::uint32_t offset = 0;
  std::optional<double> fraction;
  std::string mac, ip, app, model;  ///< globs; empty: all

  /// Whether the device's number fits. `seed` and `rule` decide which devices make up the fraction.
  bool includes(std::uint32_t index, std::uint64_t seed, std::size_t rule) const;

  /// Whether there are globs at all: without any, no device has to be described.
  bool has_globs() const;
  bool fits(const Candidate& device) const;
};

/// Reads the "match" of a rule.
Match read_match(const Node& node);

}  // namespace sim
