#pragma once

#include <exception>
#include <new>
#include <string>

#include "guard.hpp"

namespace stage3::capi {

/// Calls one of the caller's functions and returns what it returns. `name` is what the header calls
/// it. It must not throw; what it throws all the same is reported as the caller's mistake, not as
/// one of the library. Throws Error(Errc::invalid_argument) and std::bad_alloc.
template <class Function, class... Arguments>
int call_out(const char* name, Function* function, Arguments... arguments) {
  try {
    return function(arguments...);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& what) {
    refuse(std::string(name) + " has thrown an exception: " + what.what());
  } catch (...) {
    refuse(std::string(name) + " has thrown an exception");
  }
}

}  // namespace stage3::capi
