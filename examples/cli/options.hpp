#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cli {

enum class Color { automatic, always, never };
/// What is done: a run, or what a word behind the command's name asks for.
enum class Command { run, init, status, report };

/// What the command line asks for.
struct Options {
  Command command = Command::run;
  std::string config_path = "data/config.yaml";
  bool is_config_named = false;           ///< by the command line
  std::optional<std::string> state_path;  ///< instead of `ip_state_file`
  bool dry_run = false;
  std::vector<std::string> ips;     ///< as typed; empty: all devices
  std::vector<std::string> select;  ///< terms as typed; see stage3::Selection
  bool retry = false;               ///< one term more: Selection::kRetry
  bool accept_key = false;
  bool wait = false;    ///< sets `ota.wait`
  bool resume = false;  ///< see stage3::JobOptions
  bool online = false;
  bool quiet = false;
  bool changes = false;                    ///< only what has news is shown, see stage3::has_news()
  std::string fail_on = "failed";          ///< see FailOn
  std::optional<std::string> concurrency;  ///< instead of `concurrency`; checked by Config::set()
  unsigned threads = 1;
  Color color = Color::automatic;
  bool json = false;
  bool check_config = false;
  bool check_state = false;
  std::optional<std::string> html_file;  ///< instead of `report.html_file`; "-": standard output
  std::optional<std::string> language;   ///< instead of `report.language`; checked by Config::set()
  std::optional<std::string> user;
};

/// Fills `ret_options` from the command line. Returns an exit status if the command ends here: help
/// and version (printed to standard output) or a usage error (printed to standard error).
std::optional<int> parse_options(int argc, char** argv, Options& ret_options);

}  // namespace cli
