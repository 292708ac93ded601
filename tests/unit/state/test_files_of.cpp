#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;

TEST_CASE(
    "the files of a link stand beside what it leads to, and keep their names beside the link") {
  const TempDir dir;
  write_file(dir / "real.json", "{}");
  std::filesystem::create_symlink("real.json", dir / "between.json");
  std::filesystem::create_symlink("between.json", dir / "s.json");
  const std::string real = std::filesystem::canonical(dir / "real.json").string();
  CHECK(StateStore::backup_of(dir / "s.json") == real + ".bak");
  const std::vector<std::string> files = StateStore::files_of(dir / "s.json");
  for (const std::string& file : {dir / "s.json", real}) {
    for (const char* suffix : {"", ".bak", ".lock", ".run.lock", ".rescued", ".stage3-late"})
      CHECK(std::count(files.begin(), files.end(), file + suffix) == 1);
  }
  CHECK(StateStore::backup_of(dir / "real.json") == dir / "real.json.bak");
  CHECK(StateStore::files_of(dir / "real.json").size() == files.size() / 2);
  std::filesystem::create_symlink("nowhere", dir / "broken.json");
  CHECK(StateStore::backup_of(dir / "broken.json") == dir / "broken.json.bak");
}
