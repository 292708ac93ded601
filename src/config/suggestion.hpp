#pragma once

#include <string_view>
#include <vector>

namespace stage3::config {

/// The one of `candidates` (dotted keys, at least one) that takes the fewest mistakes to become
/// `word`; the earliest of several. The right last word in the wrong place (`mode` for `ota.mode`)
/// counts as two. Empty where all are too far away to be meant.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace stage3::config
