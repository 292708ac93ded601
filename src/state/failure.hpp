#pragma once

#include <stdexcept>
#include <string>

namespace stage3::state {

/// Why the state file cannot be written, without its path: StateStore puts
/// `cannot write state file <path>: ` in front.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& reason) : std::runtime_error(reason) {}
  /// `<doing>: <text of errno>`.
  Failure(const std::string& doing, int error_number);
};

}  // namespace stage3::state
