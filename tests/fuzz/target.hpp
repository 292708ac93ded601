#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

/// What every fuzz program defines; replay.cpp or libFuzzer calls it. A promise that does not hold
/// leaves as a Violation, which libFuzzer takes for a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace stage3::fuzz {

/// A program is its own mutant where STAGE3_FUZZ_MUTANT is set in the environment: then each
/// promise is broken in one rare way, to see whether it is noticed.
inline const bool kMutant = std::getenv("STAGE3_FUZZ_MUTANT") != nullptr;

class Violation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const char* promise) {
  if (!holds) throw Violation(promise);
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Cuts the first line off, without its newline.
inline std::string_view next_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
  return line;
}

}  // namespace stage3::fuzz
