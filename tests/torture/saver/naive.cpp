#include "naive.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "state/load.hpp"
#include "state/merge.hpp"

namespace stage3::torture {
namespace {

/// What the file holds by now; the one that was loaded if that is no state file any more.
state::Document read_again(const std::string& path, const state::Document& loaded) {
  try {
    return state::load(disk::real_file_system(), path, "friendly_name").contents.document;
  } catch (const std::exception&) {
    return loaded;
  }
}

}  // namespace

void naive_save(Mutant mutant, const std::string& path, const state::Document& loaded,
                const state::Recorded& recorded) {
  const state::Document document = read_again(path, loaded);
  std::vector<const state::Record*> records(document.entries.size(), nullptr);
  for (std::size_t i = 0; i < recorded.records.size(); ++i) {
    if (recorded.records[i] == nullptr) continue;
    if (const auto index = document.find(recorded.devices.at(i).mac, i)) {
      records[*index] = recorded.records[i];
    }
  }
  const std::string to = mutant == Mutant::in_place ? path : path + ".tmp";
  std::ofstream file(to, std::ios::binary | std::ios::trunc);
  if (!state::merge(document, records, [&](auto block) { file << block; })) file << document.bytes;
  file.close();
  if (!file) throw std::runtime_error("write " + to);
  if (to != path && std::rename(to.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("rename " + to);
  }
}

}  // namespace stage3::torture
