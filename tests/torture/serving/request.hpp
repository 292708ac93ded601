#pragma once

#include <optional>
#include <string>

#include "peer.hpp"

namespace serving {

/// Reads a whole request off what has come so far; none: more is to come.
std::optional<Request> read_request(const std::string& text);

}  // namespace serving
