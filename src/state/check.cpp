#include <algorithm>
#include <utility>

#include <stage3/state_store.hpp>

#include "json/position.hpp"
#include "state/load.hpp"
#include "state/shown.hpp"

namespace stage3 {
namespace {

/// Wanted names that the device probe will refuse: the entry is usable but for that.
void add_name_defects(state::Contents& contents, const std::string& name_field) {
  for (std::size_t i = 0; i < contents.devices.size(); ++i) {
    if (contents.devices[i].wanted_name.kind != WantedName::Kind::not_a_string) continue;
    contents.defects.push_back(
        {i, contents.document.entries[i].whole.key, state::shown(name_field) + " is not a string"});
  }
}

}  // namespace

std::vector<StateProblem> StateStore::check(const std::string& path,
                                            const std::string& name_field) {
  state::Loaded loaded = state::read_state(disk::real_file_system(), path, name_field);
  state::Contents& contents = loaded.contents;
  if (loaded.problem) {
    const json::Position at = json::position_at(contents.document.bytes, loaded.problem->offset);
    return {{at.line, at.column, loaded.problem->message, true}};
  }
  add_name_defects(contents, name_field);
  std::stable_sort(
      contents.defects.begin(), contents.defects.end(),
      [](const state::Defect& a, const state::Defect& b) { return a.offset < b.offset; });

  std::vector<StateProblem> problems;
  json::Locator locator(contents.document.bytes);
  for (const state::Defect& defect : contents.defects) {
    const json::Position at = locator.at(defect.offset);
    const std::string entry = "entry " + state::shown(contents.devices[defect.entry].key);
    problems.push_back({at.line, at.column, entry + ": " + defect.text, false});
  }
  return problems;
}

}  // namespace stage3
