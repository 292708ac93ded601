#include "state/failure.hpp"

#include <system_error>

namespace stage3::state {

Failure::Failure(const std::string& doing, int error_number)
    : Failure(doing + ": " + std::generic_category().message(error_number)) {}

}  // namespace stage3::state
