#pragma once

#include <string>
#include <string_view>

namespace cli {

/// A message as it may reach a terminal or a log: stage3::escape() but for backslashes. What the
/// library quotes in a message it has escaped already, and nothing is escaped twice; what somebody
/// has typed reads as it was typed.
std::string harmless(std::string_view message);

}  // namespace cli
