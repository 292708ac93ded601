#include "run.hpp"

#include <unistd.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <stage3/error.hpp>
#include <stage3/runner.hpp>
#include <stage3/state_store.hpp>
#include <utility>

#include "console.hpp"
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

constexpr std::chrono::milliseconds kTick{100};

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

std::vector<Device> select(const StateStore& store, const std::vector<std::string>& ips) {
  try {
    return stage3::at_addresses(store.devices(), ips);
  } catch (const Error& error) {
    throw Error(Errc::invalid_argument, "--ip: " + error.message() + " in " + store.path());
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

/// What root could write, the user it has become perhaps cannot.
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

/// Passes on what the workers deliver until they end. Returns what broke one of them off, if
/// anything did.
std::exception_ptr pass_on(Inbox& inbox, const Runner& runner, Saver& saver, Report& report,
                           Console& console) {
  for (;;) {
    const Inbox::Mail mail = inbox.take(kTick);
    for (const auto& result : mail.results)
      saver.record(result);
    for (const auto& message : mail.messages)
      console.message(message);
    for (const auto& result : mail.results)
      report.device(result);
    if (mail.last) return mail.error;
    report.progress(runner.summary());
    console.flush();
    saver.save_if_due();
  }
}

/// The same; whatever goes wrong on this side cancels the run, but what still comes is passed on.
std::exception_ptr attend(Inbox& inbox, Runner& runner, Saver& saver, Report& report,
                          Console& console) {
  std::exception_ptr broken;
  for (;;) {
    try {
      const std::exception_ptr error = pass_on(inbox, runner, saver, report, console);
      return broken ? broken : error;
    } catch (...) {
      broken = std::current_exception();
      runner.cancel();
    }
  }
}

void tell_unfinished(const stage3::Summary& summary, const std::exception_ptr& broken,
                     Console& console) {
  const std::size_t left = summary.total - summary.told() + summary.cancelled;
  if (left == 0 && !broken) return;
  std::string reason = "stopped";
  if (stop_signal() != 0)
    reason += std::string(" by a signal (") + ::strsignal(stop_signal()) + ')';
  try {
    if (broken) std::rethrow_exception(broken);
  } catch (const std::exception& error) {
    reason = std::string("the run broke off: ") + error.what();
  }
  console.message(reason + "; not processed: " + std::to_string(left) + " of " +
                  std::to_string(summary.total) + " devices");
}

}  // namespace

stage3::Secrets load_secrets(const Config& config, Console& console) {
  if (config.auth.secrets_file.empty()) return {};
  keep_memory_private();
  stage3::Secrets secrets = stage3::Secrets::load(config.auth.secrets_file);
  for (const std::string& notice : secrets.notices())
    console.message(notice);
  return secrets;
}

int run(const Options& options, const Config& config, Console& console) {
  const std::optional<User> user =
      options.user ? std::optional<User>(find_user(*options.user)) : std::nullopt;
  const stage3::Secrets secrets = load_secrets(config, console);
  StateStore store = load_state(config, options.dry_run);
  std::vector<Device> devices = options.ips.empty() ? store.devices() : select(store, options.ips);
  std::optional<RunLock> lock;
  if (!options.dry_run) lock = RunLock::acquire(store.path());
  LogFile log(config.logging.base_path,
              {options.config_path, store.path(), config.auth.secrets_file});

  Inbox inbox(options.threads);
  Runner runner(config, callbacks(inbox, secrets), options.dry_run);
  runner.add(std::move(devices));
  Saver saver(store, console, !options.dry_run);
  Report report(options, console, log);
  std::optional<Workers> workers(std::in_place, runner, inbox, options.threads);
  if (!options.dry_run) store.check_writable();
  if (user) become(*user);
  if (user && !options.dry_run) check_writable_by(*user, store);

  const StopSignals stop_signals(runner);
  workers->start();
  const std::exception_ptr broken = attend(inbox, runner, saver, report, console);
  workers.reset();  // a save may need the descriptors
  const bool saved = saver.save_all();
  const stage3::Summary summary = runner.summary();
  report.summary(summary);
  tell_unfinished(summary, broken, console);

  if (stop_signal() != 0) return 128 + stop_signal();
  if (!saved) return kStateFile;
  return summary.failed != 0 || broken ? kDeviceFailed : kOk;
}

}  // namespace cli
