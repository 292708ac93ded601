#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// The candidate that was probably meant by `word`; empty if none is near enough.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cli
