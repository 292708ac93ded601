#include "scenario.hpp"

#include <limits>

#include "settings.hpp"
#include "settings_reader.hpp"

namespace sim {
namespace {

/// A rule that is for no device is checked too.
void check_settings(const Node& node) {
  Settings scratch = default_settings();
  read_settings(node, scratch);
}

Rule read_rule(const Node& node) {
  node.expect_keys({"comment", "match", "set"});
  const auto match = node.find("match");
  const auto settings = node.find("set");
  if (!settings) node.fail("\"set\" is missing: a rule says what to set");
  check_settings(*settings);
  return {match ? read_match(*match) : Match(), *settings};
}

}  // namespace

Scenario read_scenario(const std::string& path) {
  Scenario scenario;
  if (path.empty()) return scenario;
  scenario.document = read_json_file(path);
  const Node root(scenario.document, path);
  root.expect_keys({"comment", "seed", "rules", "state_entries"});
  if (const auto seed = root.find("seed")) {
    scenario.seed = seed->integer(0, std::numeric_limits<std::uint64_t>::max());
  }
  if (const auto rules = root.find("rules")) {
    for (const Node& rule : rules->items())
      scenario.rules.push_back(read_rule(rule));
  }
  if (const auto entries = root.find("state_entries")) scenario.state_entries = entries->members();
  return scenario;
}

}  // namespace sim
