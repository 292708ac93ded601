#include "check.hpp"

#include <algorithm>
#include <stage3/config.hpp>
#include <stage3/error.hpp>
#include <stage3/state_store.hpp>
#include <stage3/text.hpp>

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

/// In the steps of a run: what root opens, then what the user writes.
void check_savable(const Options& options, const StateStore& store) {
  RunLock::check(store);
  store.check_writable();
  if (!options.user) return;
  const User user = find_user(*options.user);
  become(user);
  check_writable_by(user, store);
}

}  // namespace

void check_config(const Options& options, const Config& config, Console& console) {
  if (options.user) find_user(*options.user);
  check_secrets(config, console);
  (void)stage3::load_tls_ca(config.network);
  if (config.enabled) {
    LogFile::check(config.logging.base_path, files_beside_log(options, config));
    const auto store = StateStore::load(config.ip_state_file, config.friendly.field_name);
    check_selected(options, store);
    RunReports(options, config).check();
  }
  console.line(stage3::escape(options.config_path) + ": no problems found");
}

int check_state(const Options& options, const Config& config, Console& console) {
  const std::string path = stage3::escape(config.ip_state_file);
  const auto problems = StateStore::check(config.ip_state_file, config.friendly.field_name);
  for (const StateProblem& problem : problems) {
    console.line(path + ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column) +
                 ": " + stage3::escape(problem.message));
  }
  const bool is_fatal = std::any_of(problems.begin(), problems.end(),
                                    [](const StateProblem& problem) { return problem.fatal; });
  if (is_fatal) return kStateFile;

  const auto store = StateStore::load(config.ip_state_file, config.friendly.field_name);
  const std::vector<std::string> contradictions = contradictions_of(store.devices(), config);
  for (const std::string& contradiction : contradictions)
    console.line(path + ": " + stage3::escape(contradiction));
  const std::vector<std::string> oddities = oddities_of(store.devices(), config);
  for (const std::string& oddity : oddities)
    console.line(path + ": note: " + stage3::escape(oddity));
  check_savable(options, store);
  const bool is_sound = problems.empty() && contradictions.empty();
  if (is_sound && oddities.empty()) console.line(path + ": no problems found");
  return is_sound ? kOk : kDeviceFailed;
}

}  // namespace cli
