#pragma once

#include <stdexcept>

namespace sim {

/// Bad input: arguments, scenario, captures, or a file that cannot be used. The text says what,
/// where and what is allowed.
class InputError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace sim
