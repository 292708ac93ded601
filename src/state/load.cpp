#include "state/load.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include "base/file.hpp"
#include "json/position.hpp"
#include "state/failure.hpp"
#include "state/names.hpp"
#include "state/settled.hpp"

namespace stage3::state {
namespace {

/// Whether the file that was just read may be what a writer has put there so far.
bool may_be_unfinished(FileSystem& system, const Original& original) {
  switch (writers_of(system, original.fd.get())) {
    case Writers::none:
      return !is_same_version(status_of(system, original.fd.get()), original.status);
    case Writers::some:
      return true;
    case Writers::unknown:
      break;
  }
  return was_changed_within(original.status, kPatience);
}

/// What a link in /proc leads to may have no name to be found by: then the path itself is opened.
Original open(const Target& target, const std::string& path) {
  Original original;
  original.fd = target.directory.open_regular(target.name);
  if (!original.fd) original.fd = open_regular_file(path);
  original.status = status_of(target.directory.system(), original.fd.get());
  return original;
}

/// True: what was read is what there is to read.
bool read_once(Loaded& loaded, const std::string& path, const std::string& name_field) {
  FileSystem& system = loaded.target.directory.system();
  const Original original = open(loaded.target, path);
  loaded.contents = {};
  loaded.contents.document.bytes = read_whole(system, original.fd.get());
  loaded.problem = parse(loaded.contents, name_field);
  if (loaded.problem) return !may_be_unfinished(system, original);
  return is_same_version(status_of(system, original.fd.get()), original.status);
}

/// Whether somebody may be about to put a file there again: many an editor moves the old one away
/// first. A path that was mistyped leads to no name with others of its kind beside it.
bool may_come_back(const Target& target) {
  const Directory& directory = target.directory;
  if (!was_changed_within(status_of(directory.system(), directory.fd()), kPatience)) return false;
  const auto stands = [&](const char* suffix) {
    struct stat ignored {};
    return directory.stat(target.sibling(suffix), ignored);
  };
  return stands(suffix::kEditors) ||
         std::any_of(std::begin(suffix::kOthers), std::end(suffix::kOthers), stands);
}

void check_name_field(const std::string& name_field) {
  Config config;
  config.friendly.field_name = name_field;
  config.validate();
}

}  // namespace

Loaded read_state(FileSystem& system, const std::string& path, const std::string& name_field) {
  check_name_field(name_field);
  try {
    Loaded loaded{resolve(system, path), {}, {}};
    const auto deadline = system.now() + kPatience;
    for (;; system.sleep(kPause)) {
      const bool is_last = system.now() >= deadline;
      try {
        if (read_once(loaded, path, name_field) || is_last) return loaded;
      } catch (const FileError& error) {
        const bool is_absent = error.code() == std::errc::no_such_file_or_directory;
        if (is_last || !is_absent || !may_come_back(loaded.target)) throw;
      }
    }
  } catch (const FileError& error) {
    throw Error(Errc::state_read, "cannot read state file: " + error.reason(), path);
  } catch (const Failure& failure) {
    throw Error(Errc::state_read, std::string("cannot read state file: ") + failure.what(), path);
  }
}

Loaded load(FileSystem& system, const std::string& path, const std::string& name_field) {
  Loaded loaded = read_state(system, path, name_field);
  if (loaded.problem) {
    const json::Position at =
        json::position_at(loaded.contents.document.bytes, loaded.problem->offset);
    throw Error(Errc::state_read, loaded.problem->message, path, at.line, at.column);
  }
  return loaded;
}

}  // namespace stage3::state
