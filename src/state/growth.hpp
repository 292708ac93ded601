#pragma once

#include <cstddef>
#include <vector>

#include <stage3/device.hpp>

#include "state/document.hpp"

namespace stage3::state {

/// How large the file becomes at most if every entry gets a result: one with all that a device can
/// tell, an error as long as records keep it, and the wanted name or the longest usual one.
/// `devices` are those of the run, whose wanted names may be longer than usual. At most the 256 MiB
/// of a state file.
std::size_t size_with_results(const Document& document, const std::vector<Device>& devices);

}  // namespace stage3::state
