#pragma once

#include <stage3/stage3.h>

#include <stage3/error.hpp>
#include <string>

/// The border between C and C++: no exception crosses it.
namespace stage3::capi {

/// Inside of a catch block: the code of the exception, put into `error` (null: nowhere).
int report(stage3_error* error) noexcept;

/// Runs the body of a function and returns what it returns, or the code of what it throws.
template <class Body>
int guarded(stage3_error* error, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return report(error);
  }
}

[[noreturn]] void refuse(const std::string& message);

/// What a caller's pointer points to. Throws Error(Errc::invalid_argument) for null; `what` names
/// it in the message.
template <class T>
T& deref(T* pointer, const char* what) {
  if (pointer == nullptr) refuse(std::string(what) + " must not be NULL");
  return *pointer;
}

/// A caller's text. Throws as deref() does.
inline const char* text(const char* pointer, const char* what) {
  return &deref(pointer, what);
}

}  // namespace stage3::capi

// The functions of stage3.h stand outside of all namespaces.
namespace capi = stage3::capi;
