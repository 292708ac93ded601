#include "command_line.hpp"

#include <cstddef>

#include <CLI/CLI.hpp>

namespace torture {

CommandLine::CommandLine(const std::string& description)
    : app_(std::make_unique<CLI::App>(description)) {}

CommandLine::~CommandLine() = default;

template <typename Value>
void CommandLine::argument(const std::string& name, Value& value, const std::string& description) {
  app_->add_option(name, value, description)->required();
}

template <typename Value>
void CommandLine::option(const std::string& name, Value& value, const std::string& description) {
  app_->add_option(name, value, description);
}

void CommandLine::flag(const std::string& name, bool& value, const std::string& description) {
  app_->add_flag(name, value, description);
}

void CommandLine::version(const std::string& text) {
  app_->set_version_flag("--version", text);
}

std::optional<int> CommandLine::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app_->exit(error);
  }
}

using Words = std::vector<std::string>;
template void CommandLine::argument(const std::string&, std::string&, const std::string&);
template void CommandLine::argument(const std::string&, Words&, const std::string&);
template void CommandLine::option(const std::string&, std::string&, const std::string&);
template void CommandLine::option(const std::string&, double&, const std::string&);
template void CommandLine::option(const std::string&, long&, const std::string&);
template void CommandLine::option(const std::string&, std::size_t&, const std::string&);
template void CommandLine::option(const std::string&, unsigned&, const std::string&);

}  // namespace torture
