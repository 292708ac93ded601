#pragma once

#include <stage3/stage3.h>

#include <stage3/device.hpp>
#include <stage3/runner.hpp>

namespace stage3::capi {

/// The enums of stage3.h count from 1, in the order of the C++ ones; 0 means none.
template <class Enum>
constexpr int to_c(Enum value) noexcept {
  return static_cast<int>(value) + 1;
}

/// There `none` has its enumerator.
constexpr int to_c(UpdateState state) noexcept {
  return static_cast<int>(state);
}

template <class Enum>
constexpr Enum from_c(int value) noexcept {
  return static_cast<Enum>(value > 0 ? value - 1 : -1);
}

}  // namespace stage3::capi
