#pragma once

#include <cstdint>
#include <string_view>

namespace sim {

/// A well-mixed number that depends on the arguments only: what is drawn for a device does not
/// depend on the order in which requests arrive, so runs with one seed repeat.
std::uint64_t mix(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c);

/// As `mix`, in [0, 1).
double draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c);

std::uint64_t hash_text(std::string_view text);

}  // namespace sim
