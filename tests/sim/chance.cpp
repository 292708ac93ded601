#include "chance.hpp"

namespace sim {
namespace {

std::uint64_t scramble(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

}  // namespace

std::uint64_t mix(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return scramble(scramble(scramble(scramble(seed) ^ a) ^ b) ^ c);
}

double draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return static_cast<double>(mix(seed, a, b, c) >> 11) * 0x1p-53;
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text)
    hash = scramble(hash ^ static_cast<unsigned char>(c));
  return hash;
}

}  // namespace sim
