#pragma once

#include <stage3/config.hpp>

namespace cli {

class Console;
struct Options;

/// `--check-config`: looks at all that a run would be refused for, and neither sends, locks nor
/// writes anything. Throws the stage3::Error that the run would end with.
void check_config(const Options& options, const stage3::Config& config, Console& console);

/// `--check-state`: reports everything that is wrong with the state file. Returns the exit status.
/// Throws stage3::Error where it cannot be read at all, and where a run could not write it; with
/// `--user` that is a run of that user's, and this process is theirs afterwards.
int check_state(const Options& options, const stage3::Config& config, Console& console);

}  // namespace cli
