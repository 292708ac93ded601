#include "option_kinds.hpp"

namespace cli {

std::string check_not_empty(const std::string& text) {
  return text.empty() ? "the name is empty" : "";
}

CLI::Option* add_switch(CLI::App& app, const char* name, bool& on, const char* description) {
  return app.add_flag(name, on, description)->disable_flag_override();
}

void add_config_file(CLI::App& app, Options& options) {
  app.add_option("--config", options.config_path, "Configuration file (default: data/config.yaml)")
      ->type_name("FILE")
      ->check(CLI::Validator(check_not_empty, ""))
      ->each([&options](const std::string&) { options.is_config_named = true; });
}

void add_state_file(CLI::App& app, Options& options) {
  app.add_option("--state", options.state_path,
                 "State file, instead of the configured ip_state_file")
      ->type_name("FILE")
      ->check(CLI::Validator(check_not_empty, ""));
}

void add_help(CLI::App& app) {
  app.set_help_flag("-h,--help", "Print this help and stop");
}

}  // namespace cli
