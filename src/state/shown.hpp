#pragma once

#include <string>
#include <string_view>

namespace stage3::state {

/// `text` in double quotes for a message, shortened to 60 code points. Not escaped: messages about
/// entries are, when they are printed.
std::string shown(std::string_view text);

}  // namespace stage3::state
