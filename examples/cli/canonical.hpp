#pragma once

#include <string>
#include <string_view>

namespace cli {

/// One text for all that Unicode holds to be the same (canonical equivalence, as Unicode's form D):
/// an `ä` is one code point to some programs and an `a` with two dots behind it to others, and
/// nobody can see which. `text` is valid UTF-8.
std::u32string canonical(std::string_view text);

}  // namespace cli
