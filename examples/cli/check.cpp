#include "check.hpp"

#include <algorithm>
#include <optional>
#include <stage3/config.hpp>
#include <stage3/error.hpp>
#include <stage3/state_store.hpp>
#include <stage3/text.hpp>
#include <utility>

#include "console.hpp"
#include "exit_status.hpp"
#include "log_file.hpp"
#include "oddities.hpp"
#include "options.hpp"
#include "privileges.hpp"
#include "report.hpp"
#include "run.hpp"
#include "selected.hpp"

namespace cli {

using stage3::Config;
using stage3::RunLock;
using stage3::StateProblem;
using stage3::StateStore;

namespace {

void check_secrets(const Config& config, Console& console) {
  if (config.auth.secrets_file.empty()) return;
  keep_memory_private();
  const auto secrets = stage3::Secrets::load(config.auth.secrets_file);
  for (const std::string& notice : secrets.notices())
    console.message(notice);
}

/// What a run opens before it becomes the user of `--user`.
void check_config(const Options& options, const Config& config, Console& console) {
  check_secrets(config, console);
  (void)stage3::load_tls_ca(config.network);
  if (!config.enabled) return;
  LogFile::check(config.logging.base_path, files_beside_log(options, config));
  check_selected(options, StateStore::load(config.ip_state_file, config.friendly.field_name));
}

struct StateFindings {
  int status = kOk;
  std::optional<StateStore> store;  ///< none: it cannot be used at all
  bool has_any = true;
};

/// Tells what is wrong with the state file, and tries whether it can be saved.
StateFindings check_state(const Config& config, Console& console) {
  const std::string path = stage3::escape(config.ip_state_file);
  const auto problems = StateStore::check(config.ip_state_file, config.friendly.field_name);
  for (const StateProblem& problem : problems) {
    console.line(path + ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column) +
                 ": " + stage3::escape(problem.message));
  }
  const bool is_fatal = std::any_of(problems.begin(), problems.end(),
                                    [](const StateProblem& problem) { return problem.fatal; });
  if (is_fatal) return {kStateFile, std::nullopt};

  auto store = StateStore::load(config.ip_state_file, config.friendly.field_name);
  const std::vector<std::string> contradictions = contradictions_of(store.devices(), config);
  for (const std::string& contradiction : contradictions)
    console.line(path + ": " + stage3::escape(contradiction));
  const std::vector<std::string> oddities = oddities_of(store.devices(), config);
  for (const std::string& oddity : oddities)
    console.line(path + ": note: " + stage3::escape(oddity));
  RunLock::check(store);
  store.check_writable();
  const bool is_sound = problems.empty() && contradictions.empty();
  return {is_sound ? kOk : kDeviceFailed, std::move(store), !is_sound || !oddities.empty()};
}

}  // namespace

int check(const Options& options, const Config& config, Console& console) {
  const std::optional<User> user =
      options.user ? std::optional<User>(find_user(*options.user)) : std::nullopt;
  // In the steps of a run: what root opens, then what the user writes.
  if (options.check_config) check_config(options, config, console);
  const StateFindings found = options.check_state ? check_state(config, console) : StateFindings();
  if (user) become(*user);
  if (user && found.store) check_writable_by(*user, *found.store);
  if (options.check_config && config.enabled) RunReports(options, config).check();
  const auto tell = [&](const std::string& path) {
    console.line(stage3::escape(path) + ": no problems found");
  };
  if (options.check_config) tell(options.config_path);
  if (!found.has_any) tell(config.ip_state_file);
  return found.status;
}

}  // namespace cli
