#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace stage3::config {

/// How many mistakes make `to` of `from`. A mistake is a character missing, extra, wrong, or
/// swapped with its neighbour.
std::size_t distance(std::string_view from, std::string_view to);

/// The one of `candidates` (dotted keys, at least one) that takes the fewest mistakes to become
/// `word`; the earliest of several. The right last word in the wrong place (`mode` for `ota.mode`)
/// counts as two. Empty where all are too far away to be meant.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace stage3::config
