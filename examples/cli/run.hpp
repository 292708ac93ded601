#pragma once

#include <stage3/config.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <vector>

namespace cli {

class Console;
struct Options;
struct User;

/// The secrets that the configuration names; none if it names no file. What an operator should know
/// about the file goes to `console`. Throws stage3::Error(config).
stage3::Secrets load_secrets(const stage3::Config& config, Console& console);

/// Those of the store's devices that `--ip` names; all where it is not given. Throws
/// stage3::Error(invalid_argument).
std::vector<stage3::Device> select_devices(const stage3::StateStore& store,
                                           const std::vector<std::string>& ips);

/// What root could write, the user it has become perhaps cannot. Throws stage3::Error(state_write),
/// telling what to do.
void check_writable_by(const User& user, const stage3::StateStore& store);

/// What log lines must not be written into.
std::vector<std::string> files_beside_log(const Options& options, const stage3::Config& config);

/// The run itself: opens everything, asks the devices, reports and saves. Returns the exit status.
/// Throws stage3::Error for what keeps the run from happening; nothing has been sent then.
int run(const Options& options, const stage3::Config& config, Console& console);

}  // namespace cli
