#pragma once

namespace cli {

class Console;
struct Options;

/// `stage3 init`: writes the configuration file, and its directory, where there is none. Returns
/// the exit status. Throws stage3::Error(config), with nothing changed, where there is one, and
/// where it cannot be written.
int init(const Options& options, Console& console);

}  // namespace cli
