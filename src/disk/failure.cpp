#include "disk/failure.hpp"

#include <system_error>

namespace stage3::disk {

Failure::Failure(const std::string& doing, int error_number)
    : Failure(doing + ": " + std::generic_category().message(error_number)) {}

Error unwritable(const std::string& path, const Failure& failure) {
  return Error::naming(Errc::state_write, "cannot write state file " + path + ": " + failure.what(),
                       path);
}

}  // namespace stage3::disk
