#pragma once

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "rpc/answers.hpp"

namespace stage3::rpc {

/// The answer, which has to be usable.
template <class T>
const T& use(const Answer<T>& answer) {
  if (const auto* unusable = std::get_if<Unusable>(&answer)) FAIL(unusable->why);
  return std::get<T>(answer);
}

/// Why it is unusable; empty: it is not.
template <class T>
std::string why(const Answer<T>& answer) {
  const auto* unusable = std::get_if<Unusable>(&answer);
  return unusable == nullptr ? "" : unusable->why;
}

}  // namespace stage3::rpc
