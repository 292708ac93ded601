#include "run.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <stage3/error.hpp>
#include <stage3/job.hpp>
#include <utility>

#include "console.hpp"
#include "desk.hpp"
#include "display.hpp"
#include "exit_status.hpp"
#include "fail_on.hpp"
#include "known_defects.hpp"
#include "log_file.hpp"
#include "options.hpp"
#include "privileges.hpp"
#include "report.hpp"
#include "selected.hpp"
#include "stop_signals.hpp"
#include "workers.hpp"

namespace cli {
namespace {

using stage3::Config;
using stage3::Errc;
using stage3::Error;
using stage3::Job;
using stage3::StateStore;

/// Messages about the state file, each of them once.
class StateMessages {
 public:
  explicit StateMessages(Console& console) : console_(console) {}

  /// What comes while it is there goes into the log, too.
  void belong_to(Display* display) { display_ = display; }

  void show(const std::string& text) {
    if (!shown_.insert(text).second) return;
    if (display_ != nullptr)
      display_->notice(text);
    else
      console_.message(text);
  }

 private:
  Console& console_;
  Display* display_ = nullptr;
  std::set<std::string> shown_;
};

stage3::JobCallbacks callbacks(const Options& options, Inbox& inbox, UpdateWatch& updates,
                               StateMessages& messages) {
  stage3::JobCallbacks callbacks;
  if (options.accept_key)
    callbacks.accept_key = [](const stage3::Device&, const stage3::KeyHash&) { return true; };
  callbacks.on_result = [&](const stage3::DeviceResult& result) {
    updates.forget(result.device);
    inbox.put(result);
  };
  callbacks.on_log = [&inbox](stage3::LogLevel level, std::string_view text) {
    if (level >= stage3::LogLevel::warning) inbox.put(text);
  };
  callbacks.on_event = [&updates](stage3::DeviceEvent event, const stage3::Device& device) {
    updates.note(event, device);
  };
  callbacks.utc_offset = [](std::int64_t utc) {
    const std::time_t time = utc;
    std::tm local{};
    return ::localtime_r(&time, &local) != nullptr ? std::int64_t{local.tm_gmtoff} : 0;
  };
  callbacks.on_notice = [&messages](const std::string& text) { messages.show(text); };
  return callbacks;
}

/// Opens everything that the run is about.
std::unique_ptr<Job> open_job(const Options& options, const Config& config,
                              stage3::JobCallbacks callbacks) {
  if (!config.auth.secrets_file.empty()) keep_memory_private();
  try {
    const stage3::JobOptions what{options.dry_run, options.ips, options.resume,
                                  selection_of(options)};
    return std::make_unique<Job>(config, std::move(callbacks), what);
  } catch (const Error& error) {
    if (error.code() != Errc::invalid_argument) throw;
    throw naming_option(options, error);
  }
}

KnownDefects known_defects(const Options& options, const Config& config, const Job& job) {
  if (!options.changes) return {};
  const std::optional<StateStore> earlier = load_earlier(config);
  return earlier ? KnownDefects(job.store()->devices(), earlier->devices()) : KnownDefects();
}

/// Whether the limit on descriptors is so low that each of them counts.
bool has_few_descriptors() {
  constexpr rlim_t kPlenty = 64;
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kPlenty;
}

/// Returns whether everything is saved; if it is not, that has been shown.
bool finish(Job& job, StateMessages& messages) {
  try {
    job.finish();
    return true;
  } catch (const std::exception& error) {
    messages.show(error.what());
    return false;
  }
}

/// Returns whether it is written; if it is not, that has been shown. A page that cannot be written
/// keeps no metrics from it.
template <class Write>
bool is_written(Write write, StateMessages& messages) {
  try {
    write();
    return true;
  } catch (const Error& error) {
    messages.show(error.what());
    return false;
  }
}

/// Results, log lines and what is recorded carry the time, with four digits for the year.
void check_clock() {
  constexpr std::int64_t kYear10000 = 253402300800;
  const std::int64_t now = std::time(nullptr);
  if (now > 0 && now < kYear10000) return;
  throw Error(Errc::system, std::string("the clock of this system is ") +
                                (now > 0 ? "beyond the year 9999 (" : "before 1970 (") +
                                std::to_string(now) + " s since 1970): set it");
}

/// What is left once nothing is asked any more: the page, the end of what is shown, and the
/// metrics, which tell whether all of it went well. Returns the exit status.
int conclude(const Options& options, RunReports& reports, Job& job, const Desk& desk,
             Display& display, StateMessages& messages, std::chrono::duration<double> taken,
             bool saved) {
  const bool has_page = options.dry_run || is_written([&] { reports.write_page(); }, messages);
  const bool is_shown = display.finish() && has_page;
  const bool is_well = is_shown && saved && stop_signal() == 0 && !desk.is_broken() &&
                       !FailOn(options.fail_on).is_met(job.runner().summary());
  const bool is_whole = options.ips.empty() && selection_of(options).is_all();
  const auto write_metrics = [&] { reports.write_metrics(taken.count(), is_well && is_whole); };
  const bool has_metrics = options.dry_run || is_written(write_metrics, messages);

  if (stop_signal() != 0) return 128 + stop_signal();
  if (!saved) return kStateFile;
  return is_well && has_metrics ? kOk : kDeviceFailed;
}

}  // namespace

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
    throw Error(error.code(), error.message() + "; with --user, the user '" + user.name +
                                  "' must be able to write the file and its directory: chown " +
                                  user.name + ": " + directory + ' ' + store.path() +
                                  "*, or a directory of its own");
  }
}

int run(const Options& options, const Config& config, Console& console) {
  const auto begin = std::chrono::steady_clock::now();
  check_clock();
  const std::vector<std::string> beside_log = files_beside_log(options, config);
  LogFile::check(config.logging.base_path, beside_log);  // before a lock is made of what it names
  const std::optional<User> user =
      options.user ? std::optional<User>(find_user(*options.user)) : std::nullopt;
  const StopSignals stop_signals;
  Inbox inbox(options.threads);
  UpdateWatch updates;
  StateMessages messages(console);
  const std::unique_ptr<Job> job =
      open_job(options, config, callbacks(options, inbox, updates, messages));
  if (job->devices().empty())
    console.message(job->store()->path() + " holds no device: nothing to do");
  LogFile log(config.logging.base_path, beside_log);
  Display display(options, config, console, log);
  Desk desk(inbox, *job, updates, display, console);
  std::optional<Workers> workers(std::in_place, job->runner(), inbox, options.threads);
  // A save needs descriptors, too, and the workers have theirs now.
  if (!options.dry_run && has_few_descriptors()) job->store()->check_writable();
  if (user) become(*user);
  if (user && !options.dry_run) check_writable_by(*user, *job->store());
  RunReports reports(options, config);
  if (!options.dry_run) reports.check();

  display.already_told(known_defects(options, config, *job));
  display.start(job->devices().size());
  messages.belong_to(&display);
  display.selected(selected_text(options, *job));
  const CancelOnStop cancel_on_stop(job->runner());
  workers->start();
  desk.attend();
  workers.reset();  // a save may need the descriptors
  // The lock is let go before the end is reported: the next run need not wait until somebody has
  // read the output of this one.
  const bool saved = finish(*job, messages);
  messages.belong_to(nullptr);
  desk.report_end();
  return conclude(options, reports, *job, desk, display, messages,
                  std::chrono::steady_clock::now() - begin, saved);
}

}  // namespace cli
