#pragma once

#include <stage3/config.hpp>

namespace cli {

class Console;
struct Options;

/// The secrets that the configuration names; none if it names no file. What an operator should know
/// about the file goes to `console`. Throws stage3::Error(config).
stage3::Secrets load_secrets(const stage3::Config& config, Console& console);

/// The run itself: opens everything, asks the devices, reports and saves. Returns the exit status.
/// Throws stage3::Error for what keeps the run from happening; nothing has been sent then.
int run(const Options& options, const stage3::Config& config, Console& console);

}  // namespace cli
