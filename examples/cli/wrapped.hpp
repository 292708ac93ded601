#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

/// A text as lines of at most so many columns, broken at blanks, or where it must be between two
/// characters. All but the first begin with `indent` blanks. No newline at the end.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace cli
