#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace bindings {

/// A str of what may not be valid UTF-8.
pybind11::str to_str(std::string_view text);

/// A str that os.fsencode() turns back into the same bytes.
pybind11::str to_path(std::string_view path);

}  // namespace bindings
