#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace torture {

/// What the programs of the tests are told. CLI11 stands behind it: to compile that takes longer
/// than all the rest of such a program, and here it is done once for all of them.
class CommandLine {
 public:
  explicit CommandLine(const std::string& description);
  ~CommandLine();

  /// An argument without a name, which must be there. A vector takes one or more.
  template <typename Value>
  void argument(const std::string& name, Value& value, const std::string& description = "");

  /// `--name VALUE`; without it `value` stays as it is.
  template <typename Value>
  void option(const std::string& name, Value& value, const std::string& description = "");

  void flag(const std::string& name, bool& value, const std::string& description = "");

  /// What `--version` prints.
  void version(const std::string& text);

  /// The status to end with at once, where there is nothing more to do: help was asked for, or the
  /// arguments are wrong, which it tells.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace torture
