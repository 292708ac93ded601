#pragma once

#include <doctest/doctest.h>
#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <string>
#include <string_view>

/// what() of the Error(Errc::config) that `function` throws; fails the test if there is none.
template <class Function>
std::string config_error_of(Function function) {
  try {
    function();
  } catch (const stage3::Error& error) {
    CHECK(error.code() == stage3::Errc::config);
    return error.what();
  }
  FAIL("no error");
  return {};
}

/// The same for a configuration file that is like this.
inline std::string error_of(std::string_view yaml) {
  return config_error_of([&] { stage3::Config::parse(yaml, "c.yaml"); });
}
