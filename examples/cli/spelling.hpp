#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// The candidate that was probably meant by `word`; empty if none is near enough.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Why `text` is no address that `--ip` takes, and what to do.
std::string why_no_address(const std::string& text);

}  // namespace cli
