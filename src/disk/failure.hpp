#pragma once

#include <stdexcept>
#include <string>

#include <stage3/error.hpp>

namespace stage3::disk {

/// Why the state file cannot be written, without its path.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& reason) : std::runtime_error(reason) {}
  /// `<doing>: <text of errno>`.
  Failure(const std::string& doing, int error_number);
};

/// The Error that callers of the library get for it; `path` is the state file in their words.
Error unwritable(const std::string& path, const Failure& failure);

}  // namespace stage3::disk
