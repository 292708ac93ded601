#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "options.hpp"

namespace cli {

// Options that several commands have, or that there are several of.

/// For a Validator: what is wrong with the name of a file or a user; empty: nothing.
std::string check_not_empty(const std::string& text);

/// A flag that takes no value: `--dry-run=off` must not start a run.
CLI::Option* add_switch(CLI::App& app, const char* name, bool& on, const char* description);

void add_config_file(CLI::App& app, Options& options);
void add_state_file(CLI::App& app, Options& options);
void add_help(CLI::App& app);

}  // namespace cli
