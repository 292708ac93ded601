#pragma once

#include <stage3/config.hpp>

namespace cli {

class Console;
struct Options;

/// `--check-config` looks at all that a run would be refused for, `--check-state` reports
/// everything that is wrong with the state file; neither sends, and what they try they put back.
/// Returns the exit status. Throws the stage3::Error that the run would end with. With `--user` it
/// is a run of that user's that is looked at, and this process is theirs afterwards.
int check(const Options& options, const stage3::Config& config, Console& console);

}  // namespace cli
