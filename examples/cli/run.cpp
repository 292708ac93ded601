#include "run.hpp"

#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <stage3/error.hpp>
#include <stage3/runner.hpp>
#include <stage3/state_store.hpp>
#include <utility>

#include "console.hpp"
#include "desk.hpp"
#include "exit_status.hpp"
#include "log_file.hpp"
#include "options.hpp"
#include "privileges.hpp"
#include "report.hpp"
#include "saver.hpp"
#include "stop_signals.hpp"
#include "workers.hpp"

namespace cli {
namespace {

using stage3::Config;
using stage3::Device;
using stage3::Errc;
using stage3::Error;
using stage3::RunLock;
using stage3::Runner;
using stage3::StateStore;

StateStore load_state(const Config& config, bool dry_run) {
  const std::string& path = config.ip_state_file;
  try {
    return StateStore::load(path, config.friendly.field_name);
  } catch (const Error&) {
    // Another run at work explains more than what its file looks like; but no lock file for a
    // mistyped path.
    if (!dry_run && ::access((path + ".run.lock").c_str(), F_OK) == 0) RunLock::acquire(path);
    throw;
  }
}

stage3::Callbacks callbacks(Inbox& inbox, const stage3::Secrets& secrets) {
  stage3::Callbacks callbacks;
  callbacks.on_result = [&inbox](const stage3::DeviceResult& result) { inbox.put(result); };
  callbacks.password_source = [&secrets](const stage3::Mac& mac, std::string_view) {
    return secrets.password_for(mac);
  };
  callbacks.on_log = [&inbox](stage3::LogLevel level, std::string_view text) {
    if (level >= stage3::LogLevel::warning) inbox.put(text);
  };
  return callbacks;
}

/// Results, log lines and what is recorded carry the time, with four digits for the year.
void check_clock() {
  constexpr std::int64_t kYear10000 = 253402300800;
  const std::int64_t now = std::time(nullptr);
  if (now < kYear10000) return;
  throw Error(Errc::system, "the clock of this system is beyond the year 9999 (" +
                                std::to_string(now) + " s since 1970): set it");
}

}  // namespace

std::vector<Device> select_devices(const StateStore& store, const std::vector<std::string>& ips) {
  if (ips.empty()) return store.devices();
  try {
    return stage3::at_addresses(store.devices(), ips);
  } catch (const Error& error) {
    throw Error(Errc::invalid_argument, "--ip: " + error.message() + " in " + store.path());
  }
}

std::vector<std::string> files_beside_log(const Options& options, const Config& config) {
  std::vector<std::string> files = StateStore::files_of(config.ip_state_file);
  files.insert(files.end(), {options.config_path, config.auth.secrets_file});
  return files;
}

void check_writable_by(const User& user, const StateStore& store) {
  try {
    store.check_writable();
  } catch (const Error& error) {
    const std::size_t slash = store.path().rfind('/');
    const std::string directory =
        slash == std::string::npos ? "." : store.path().substr(0, slash + 1);
    throw Error(error.code(), error.message() + "; with --user, " + user.name +
                                  " must be able to write the file and its directory: chown " +
                                  user.name + ": " + directory + ' ' + store.path() +
                                  "*, or a directory of its own");
  }
}

stage3::Secrets load_secrets(const Config& config, Console& console) {
  if (config.auth.secrets_file.empty()) return {};
  keep_memory_private();
  stage3::Secrets secrets = stage3::Secrets::load(config.auth.secrets_file);
  for (const std::string& notice : secrets.notices())
    console.message(notice);
  return secrets;
}

int run(const Options& options, const Config& config, Console& console) {
  check_clock();
  const std::vector<std::string> beside_log = files_beside_log(options, config);
  LogFile::check(config.logging.base_path, beside_log);  // before a lock is made of what it names
  const std::optional<User> user =
      options.user ? std::optional<User>(find_user(*options.user)) : std::nullopt;
  const stage3::Secrets secrets = load_secrets(config, console);
  StateStore store = load_state(config, options.dry_run);
  std::vector<Device> devices = select_devices(store, options.ips);
  std::optional<RunLock> lock;
  if (!options.dry_run) lock = RunLock::acquire(store);
  LogFile log(config.logging.base_path, beside_log);

  Inbox inbox(options.threads);
  Runner runner(config, callbacks(inbox, secrets), options.dry_run);
  runner.add(std::move(devices));
  Saver saver(store, console, !options.dry_run);
  Report report(options, console, log);
  Desk desk(inbox, runner, saver, report, console);
  std::optional<Workers> workers(std::in_place, runner, inbox, options.threads);
  if (!options.dry_run) store.check_writable();
  if (user) become(*user);
  if (user && !options.dry_run) check_writable_by(*user, store);

  report.start();
  const StopSignals stop_signals(runner);
  workers->start();
  desk.attend();
  workers.reset();  // a save may need the descriptors
  const bool saved = saver.save_all();
  lock.reset();  // the next run need not wait until somebody has read the output of this one
  desk.tell_end();
  const bool shown = report.finish();

  if (stop_signal() != 0) return 128 + stop_signal();
  if (!saved) return kStateFile;
  return runner.summary().failed != 0 || desk.is_broken() || !shown ? kDeviceFailed : kOk;
}

}  // namespace cli
