#include <unistd.h>

#include <cerrno>
#include <exception>
#include <new>
#include <stage3/config.hpp>
#include <stage3/error.hpp>
#include <string>
#include <string_view>

#include "check.hpp"
#include "console.hpp"
#include "exit_status.hpp"
#include "init.hpp"
#include "options.hpp"
#include "process.hpp"
#include "report.hpp"
#include "run.hpp"
#include "summary.hpp"

namespace {

using cli::Console;
using cli::Options;
using stage3::Config;
using stage3::Errc;
using stage3::Error;

/// An option in the place of a key.
void set(Config& config, const char* key, const std::string& option, const std::string& value) {
  try {
    config.set(key, value);
  } catch (const Error& error) {
    throw Error(Errc::invalid_argument, option + ' ' + value + ": " + error.message());
  }
}

/// What only reads a state file that is named can do without a configuration.
bool is_config_needed(const Options& options) {
  const bool only_reads =
      options.command == cli::Command::status || options.command == cli::Command::report;
  return !only_reads || !options.state_path || options.is_config_named;
}

Config read_config(const Options& options) {
  if (::access(options.config_path.c_str(), F_OK) != 0 && errno == ENOENT) {
    if (!is_config_needed(options)) return {};
    throw Error(Errc::config,
                "there is no such configuration file here: `stage3 init` writes one with all keys, "
                "--config names another one",
                options.config_path);
  }
  return Config::load(options.config_path);
}

Config load_config(const Options& options) {
  Config config = read_config(options);
  if (options.state_path) config.ip_state_file = *options.state_path;
  if (options.wait) config.ota.wait = true;
  if (options.concurrency) set(config, "concurrency", "--concurrency", *options.concurrency);
  if (options.language) set(config, "report.language", "--language", *options.language);
  return config;
}

int execute(const Options& options, Console& console) {
  if (options.command == cli::Command::init) return cli::init(options, console);
  const Config config = load_config(options);
  if (options.command == cli::Command::status) return cli::show_status(options, config, console);
  if (options.command == cli::Command::report) return cli::write_report(options, config, console);
  if (options.check_config || options.check_state) return cli::check(options, config, console);
  if (!config.enabled) {
    console.message(options.config_path + " disables stage 3 (enabled: false): nothing was done");
    if (options.json) console.line(cli::summary_json({}, {}, options.dry_run));
    return cli::kOk;
  }
  return cli::run(options, config, console);
}

int start(int argc, char** argv) {
  Options options;
  if (const auto status = cli::parse_options(argc, argv, options)) return *status;
  Console console(options);
  try {
    const int status = execute(options, console);
    return console.finish() || status != cli::kOk ? status : cli::kDeviceFailed;
  } catch (const Error& error) {
    // Some of the library's messages say it themselves.
    const std::string message = error.what();
    const std::string where = cli::whereabouts(error.path());
    console.message(message.find(where) == std::string::npos ? message + where : message);
    return cli::exit_status(error.code());
  }
}

/// Allocates nothing: memory may be what is lacking.
int give_up(std::string_view reason) {
  for (const std::string_view text :
       {std::string_view("stage3: "), reason, std::string_view("\n")}) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) break;
  }
  return cli::kDeviceFailed;
}

}  // namespace

int main(int argc, char** argv) {
  cli::prepare_process();
  try {
    return start(argc, argv);
  } catch (const std::bad_alloc&) {
    return give_up("out of memory");
  } catch (const std::exception& error) {
    return give_up(error.what());
  }
}
