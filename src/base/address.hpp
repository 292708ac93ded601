#pragma once

#include <string>
#include <string_view>

namespace stage3 {

/// What `text`, which Address::parse() refuses, is instead, as the end of a sentence: "is a host
/// name: ...".
std::string explain_address(std::string_view text);

}  // namespace stage3
