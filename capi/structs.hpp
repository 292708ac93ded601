#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "guard.hpp"

/// Structs that callers built with older and newer headers pass: see VERSIONS in stage3.h.
namespace stage3::capi {

/// No struct of any version is larger: what says so was never initialised.
constexpr std::size_t kMaxStructSize = 4096;

template <class T>
std::size_t checked_size(const T& theirs, const char* what) {
  const std::size_t size = theirs.struct_size;
  if (size < sizeof(std::size_t) || size > kMaxStructSize || size % alignof(T) != 0)
    refuse(std::string(what) + ": struct_size is not set");
  return size;
}

/// A caller's struct in this version's size. Throws Error(Errc::invalid_argument) for one that says
/// more than this version understands.
template <class T>
T read_struct(const T* pointer, const char* what) {
  const std::size_t size = checked_size(deref(pointer, what), what);
  const char* const bytes = reinterpret_cast<const char*>(pointer);
  if (size > sizeof(T) &&
      !std::all_of(bytes + sizeof(T), bytes + size, [](char byte) { return byte == 0; }))
    refuse(std::string(what) + ": has members set that this version of the library does not know");
  T ours{};
  std::memcpy(&ours, bytes, std::min(size, sizeof(T)));
  ours.struct_size = sizeof(T);
  return ours;
}

/// Fills a caller's struct as far as it goes; what only a newer version knows becomes zero.
template <class T>
void write_struct(T* pointer, const T& ours, const char* what) {
  const std::size_t size = checked_size(deref(pointer, what), what);
  char* const bytes = reinterpret_cast<char*>(pointer);
  std::memset(bytes, 0, size);
  std::memcpy(bytes, &ours, std::min(size, sizeof(T)));
  pointer->struct_size = size;
}

}  // namespace stage3::capi
