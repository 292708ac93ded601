#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "options.hpp"

namespace cli {

/// What the command does besides runs: words with options of their own, which set `options`.
void add_commands(CLI::App& app, Options& options);

std::vector<std::string> command_names(const CLI::App& app);

/// The one that the parsed command line names, else `app`, the run.
const CLI::App& chosen(const CLI::App& app);

/// Why an option on the command line would not be heeded: the command that it names has not got it,
/// a run has. Empty: there is none.
std::string why_unfit(const CLI::App& app);

}  // namespace cli
