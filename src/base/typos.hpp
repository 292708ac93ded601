#pragma once

#include <string_view>
#include <vector>

namespace stage3 {

/// The one of `known` that was probably meant by `word`, a mistake in three letters allowed, and
/// what it begins with counts as one, as do its begin and its end without what is between; the
/// earliest of several. Empty if none is near enough.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace stage3
