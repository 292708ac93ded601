#include "commands.hpp"

#include <algorithm>

#include "option_kinds.hpp"

namespace cli {
namespace {

void add_language(CLI::App& app, Options& options) {
  app.add_option("--language", options.language,
                 "The language, instead of the configured report.language")
      ->type_name("en|de");
}

CLI::App& add_command(CLI::App& app, Options& options, Command command, const char* name,
                      const char* description) {
  CLI::App& added = *app.add_subcommand(name, description);
  added.footer("");  // the run's is not its own
  add_help(added);
  added.callback([&options, command] { options.command = command; });
  return added;
}

}  // namespace

void add_commands(CLI::App& app, Options& options) {
  app.require_subcommand(0, 1);
  CLI::App& init = add_command(app, options, Command::init, "init",
                               "Write a configuration file with every key, where there is none");
  add_config_file(init, options);

  CLI::App& status = add_command(app, options, Command::status, "status",
                                 "Show what the state file says of the fleet, ask no device");
  add_config_file(status, options);
  add_state_file(status, options);
  add_switch(status, "--json", options.json, "One JSON object instead of text");
  add_language(status, options);

  CLI::App& report = add_command(app, options, Command::report, "report",
                                 "Write that as one HTML page, ask no device");
  add_config_file(report, options);
  add_state_file(report, options);
  report
      .add_option("--html", options.html_file,
                  "The file, instead of the configured report.html_file; -: standard output")
      ->type_name("FILE")
      ->check(CLI::Validator(check_not_empty, ""));
  add_language(report, options);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

std::string why_unfit(const CLI::App& app) {
  const CLI::App& command = chosen(app);
  if (&command == &app) return {};
  const std::vector<std::string> beyond = command.remaining();
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    const bool is_given =
        option->count() != 0 || std::find(beyond.begin(), beyond.end(), name) != beyond.end();
    if (is_given && command.get_option_no_throw(name) == nullptr)
      return name + " is of a run: 'stage3 " + command.get_name() + "' does not have it";
  }
  return {};
}

}  // namespace cli
