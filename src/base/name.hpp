#pragma once

#include <string>
#include <string_view>

namespace stage3 {

/// The wanted name as it goes to the device: control, bidirectional and other unprintable
/// characters left out, white space collapsed to single spaces and trimmed, at most `max_length`
/// code points. Idempotent; valid UTF-8 in and out.
std::string normalise_name(std::string_view name, unsigned max_length);

}  // namespace stage3
