#pragma once

#include <stage3/config.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <vector>

namespace cli {

class Console;
struct Options;
struct User;

/// What root could write, the user it has become perhaps cannot. Throws stage3::Error(state_write),
/// telling what to do.
void check_writable_by(const User& user, const stage3::StateStore& store);

/// What log lines must not be written into.
std::vector<std::string> files_beside_log(const Options& options, const stage3::Config& config);

/// The run itself: opens everything, asks the devices, reports and saves. Returns the exit status.
/// Throws stage3::Error for what keeps the run from happening; nothing has been sent then.
int run(const Options& options, const stage3::Config& config, Console& console);

}  // namespace cli
