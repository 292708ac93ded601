#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <map>
#include <stage3/address.hpp>
#include <stage3/error.hpp>
#include <stage3/selection.hpp>
#include <stage3/version.hpp>

#include "commands.hpp"
#include "exit_status.hpp"
#include "fail_on.hpp"
#include "message.hpp"
#include "option_kinds.hpp"
#include "spelling.hpp"

namespace cli {
namespace {

constexpr const char* kDescription =
    "Checks the Shelly devices of a state file, all at once: is each there and the right one, is "
    "there\n"
    "newer firmware, does it have the wanted name. Writes names and starts updates as configured, "
    "and\n"
    "records the outcome in the state file.\n";

constexpr const char* kFooter =
    "Exit status:\n"
    "  0      no device failed\n"
    "  1      at least one device failed (see --fail-on), the run broke off, or output could not\n"
    "         be written\n"
    "  2      the command line or the configuration is wrong, or the run cannot start\n"
    "  3      the state file cannot be read or written\n"
    "  75     another run holds the lock\n"
    "  128+n  stopped by signal n (Ctrl-C: 130, SIGTERM: 143)\n"
    "\n"
    "Examples:\n"
    "  stage3 init                               write a configuration file to begin with\n"
    "  stage3 --dry-run                          show what would be done, change nothing\n"
    "  stage3 --ip 192.168.1.30 192.168.1.31     these devices only\n"
    "  stage3 --select model=S2* name=Flur*      these devices only, by what is known of them\n"
    "  stage3 --retry                            what failed or was offline last time\n"
    "  stage3 --quiet                            for cron: failed devices and the summary\n"
    "  stage3 --json | jq -r 'select(.outcome == \"failed\") | .mac'\n"
    "\n"
    "Ctrl-C once stops the run within a second and saves what is known; twice, at once.";

std::string check_address(const std::string& text) {
  return stage3::Address::parse(text) ? "" : stage3::why_no_address(text, "--select ");
}

std::string check_threads(const std::string& text) {
  constexpr unsigned kMost = 256;
  unsigned count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  const bool is_number = error == std::errc() && rest == end;
  return is_number && count >= 1 && count <= kMost ? ""
                                                   : "'" + text + "' is not a number from 1 to 256";
}

std::string check_term(const std::string& text) {
  try {
    stage3::Selection::parse({text});
  } catch (const stage3::Error& error) {
    return error.message();
  }
  return "";
}

/// Replaces the word by the number of its Color, which CLI11 converts.
std::string read_color(std::string& text) {
  static const std::map<std::string, Color> kColors = {
      {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};
  const auto found = kColors.find(text);
  if (found == kColors.end()) return "'" + text + "' is none of auto, always and never";
  text = std::to_string(static_cast<int>(found->second));
  return {};
}

void add_what(CLI::App& app, Options& options) {
  add_config_file(app, options);
  add_state_file(app, options);
  add_switch(app, "--dry-run", options.dry_run,
             "Only read from the devices: no update, no name, no state file is written");
  app.add_option("--ip", options.ips, "Process the devices at these addresses only")
      ->type_name("ADDRESS")
      ->expected(1, -1)
      ->check(CLI::Validator(check_address, ""));
  app.add_option("--select", options.select,
                 "Process these devices only, by what is on record; KEY is status, ota, friendly,\n"
                 "app, model, name, ip, mac, fw or site; can be repeated: all must hold")
      ->type_name("KEY=GLOB[,GLOB...]")
      ->expected(1, -1)
      ->check(CLI::Validator(check_term, ""));
  add_switch(app, "--retry", options.retry, "Process only what failed or was offline last time");
  add_switch(app, "--accept-key", options.accept_key,
             "Take another TLS key of the devices at --ip or --select than the one on record");
  add_switch(app, "--wait", options.wait,
             "Go on until each update has ended, as with ota.wait: true");
  add_switch(app, "--resume", options.resume,
             "Failed updates of these devices count as never tried");
}

void add_how(CLI::App& app, Options& options) {
  app.add_option("--concurrency", options.concurrency,
                 "Devices in flight at most, instead of the configured concurrency")
      ->type_name("N");
  app.add_option("--threads", options.threads, "Threads to work with (default: 1)")
      ->type_name("N")
      ->check(CLI::Validator(check_threads, ""));
  app.add_option("--user", options.user,
                 "Become this user once files and the ICMP socket are open (as root only)")
      ->type_name("NAME")
      ->check(CLI::Validator(check_not_empty, ""));
}

void add_output(CLI::App& app, Options& options) {
  add_switch(app, "--online", options.online,
             "Show no offline devices (they are processed all the same)");
  add_switch(app, "--quiet", options.quiet, "Show failed devices and the summary only");
  add_switch(app, "--changes", options.changes,
             "Show only devices whose status is another than last time, and nothing if none is");
  app.add_option("--fail-on", options.fail_on,
                 "What makes exit status 1: failed, offline, held, updates, updated, each from\n"
                 "one device on, or from =N or =N% (default: failed)")
      ->type_name("WHAT[=N[%]],...")
      ->check(CLI::Validator(FailOn::why_not, ""));
  add_switch(app, "--json", options.json, "One JSON object a line instead of text");
  app.add_option("--color", options.color, "Colours; auto: on a terminal, unless NO_COLOR is set")
      ->type_name("auto|always|never")
      ->transform(CLI::Validator(read_color, ""));
}

void add_instead(CLI::App& app, Options& options) {
  add_switch(app, "--check-config", options.check_config,
             "Check all that a run needs but the writing (see --check-state), and stop");
  add_switch(app, "--check-state", options.check_state, "Check the state file and stop");
  app.set_version_flag("--version", std::string("stage3 ") + stage3::version(),
                       "Print the version and stop");
  add_help(app);
}

/// What may have been meant by what the command line has too much of.
std::string guess(const CLI::App& app) {
  for (const std::string& word : app.remaining(true)) {
    if (stage3::Address::parse(word)) return "; did you mean --ip " + word + '?';
    if (word.substr(0, 2) != "--") {
      const std::string command = nearest(word, command_names(app));
      if (!command.empty()) return "; did you mean stage3 " + command + '?';
      continue;
    }
    std::vector<std::string> names;
    for (const CLI::Option* option : chosen(app).get_options()) {
      const auto& known = option->get_lnames();
      names.insert(names.end(), known.begin(), known.end());
    }
    const std::string name = nearest(word.substr(2, word.find('=') - 2), names);
    if (!name.empty()) return "; did you mean --" + name + '?';
  }
  return {};
}

/// The parser's words for an option that has too many values, or too few, in those of the options.
std::string mismatch(const CLI::App& app, const CLI::ArgumentMismatch& error) {
  std::string what = error.what();
  std::string name = what.substr(0, what.find_first_of(": "));
  if (name.front() != '-') name.insert(0, "--");
  const CLI::Option* const option = chosen(app).get_option_no_throw(name);
  if (option == nullptr) return what;
  if (option->get_expected_max() == 0) return name + " is on or left out, and takes no value";
  if (option->count() > 1)
    return name + " is given " + std::to_string(option->count()) + " times, and can be once";
  return name + ": " + option->get_type_name() + " is missing behind it";
}

/// In the order in which they were typed, which the parser's own message turns round.
std::string not_expected(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  std::string text = words.size() == 1 ? "The following argument was not expected:"
                                       : "The following arguments were not expected:";
  for (const std::string& word : words)
    text += ' ' + word;
  return text + guess(app);
}

int usage_error(const CLI::App& app, const std::string& message) {
  const CLI::App& command = chosen(app);
  const std::string name = &command == &app ? "" : ' ' + command.get_name();
  std::cerr << "stage3: " << harmless(message) << "\nTry 'stage3" << name << " --help'.\n";
  return kUsage;
}

}  // namespace

std::optional<int> parse_options(int argc, char** argv, Options& ret_options) {
  CLI::App app(kDescription, "stage3");
  app.footer(kFooter);
  add_what(app, ret_options);
  add_output(app, ret_options);
  add_how(app, ret_options);
  add_instead(app, ret_options);
  add_commands(app, ret_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {
    app.exit(request, std::cout, std::cerr);
    if (std::cout.flush()) return kOk;
    std::cerr << "stage3: cannot write to standard output\n";
    return kDeviceFailed;
  } catch (const CLI::ArgumentMismatch& error) {
    return usage_error(app, mismatch(app, error));
  } catch (const CLI::ExtrasError&) {
    const std::string unfit = why_unfit(app);
    return usage_error(app, unfit.empty() ? not_expected(app) : unfit);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error.what());
  }
  if (const std::string unfit = why_unfit(app); !unfit.empty()) return usage_error(app, unfit);
  // A new key is nothing to take from a whole fleet.
  if (ret_options.accept_key && ret_options.ips.empty() && ret_options.select.empty())
    return usage_error(app, "--accept-key requires --ip or --select");
  return std::nullopt;
}

}  // namespace cli
