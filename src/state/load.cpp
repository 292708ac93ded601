#include "state/load.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <system_error>

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include "base/file.hpp"
#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "disk/settled.hpp"
#include "json/position.hpp"

namespace stage3::state {
namespace {

/// Whether the file that was just read may be what a writer has put there so far.
bool may_be_unfinished(disk::FileSystem& system, const disk::Original& original) {
  switch (disk::writers_of(system, original.fd.get())) {
    case disk::Writers::none:
      return !disk::is_same_version(disk::status_of(system, original.fd.get()), original.status);
    case disk::Writers::some:
      return true;
    case disk::Writers::unknown:
      break;
  }
  return disk::was_changed_within(system, original.status, disk::kPatience);
}

/// What a link in /proc leads to may have no name to be found by: then the path itself is opened.
disk::Original open(const disk::Target& target, const std::string& path) {
  disk::Original original;
  original.fd = target.directory.open_regular(target.name);
  if (!original.fd) original.fd = open_regular_file(path);
  original.status = disk::status_of(target.directory.system(), original.fd.get());
  return original;
}

/// True: what was read is what there is to read.
bool read_once(Loaded& loaded, const std::string& path, const std::string& name_field) {
  disk::FileSystem& system = loaded.target.directory.system();
  const disk::Original original = open(loaded.target, path);
  loaded.contents = {};
  loaded.contents.document.bytes = disk::read_whole(system, original.fd.get());
  loaded.status = original.status;
  loaded.problem = parse_at(system.file_time(), loaded.contents, name_field);
  if (loaded.problem) return !may_be_unfinished(system, original);
  return disk::is_same_version(disk::status_of(system, original.fd.get()), original.status);
}

/// Whether somebody may be about to put a file there again: many an editor moves the old one away
/// first. A path that was mistyped leads to no name with others of its kind beside it.
bool may_come_back(const disk::Target& target) {
  const disk::Directory& directory = target.directory;
  if (!disk::was_changed_within(
          directory.system(), disk::status_of(directory.system(), directory.fd()), disk::kPatience))
    return false;
  const auto stands = [&](const char* suffix) {
    struct stat ignored {};
    return directory.stat(target.sibling(suffix), ignored);
  };
  return stands(disk::suffix::kEditors) ||
         std::any_of(std::begin(disk::suffix::kOthers), std::end(disk::suffix::kOthers), stands);
}

}  // namespace

void check_name_field(const std::string& name_field) {
  Config config;
  config.friendly.field_name = name_field;
  config.validate();
}

/// Machines whose clocks differ may share a file.
std::optional<json::Problem> parse_at(std::chrono::system_clock::time_point now, Contents& contents,
                                      const std::string& name_field) {
  const auto latest = std::chrono::floor<std::chrono::seconds>(now + std::chrono::hours(24));
  return parse(contents, name_field, latest.time_since_epoch().count());
}

void require_usable(const Document& document, const std::optional<json::Problem>& problem,
                    const std::string& name) {
  if (!problem) return;
  const json::Position at = json::position_at(document.bytes, problem->offset);
  throw Error(Errc::state_read, problem->message, name, at.line, at.column);
}

Loaded read_state(disk::FileSystem& system, const std::string& path,
                  const std::string& name_field) {
  check_name_field(name_field);
  try {
    Loaded loaded{disk::resolve(system, path), {}, {}, {}};
    const auto deadline = system.now() + disk::kPatience;
    for (;; system.sleep(disk::kPause)) {
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
  } catch (const disk::Failure& failure) {
    throw Error(Errc::state_read, std::string("cannot read state file: ") + failure.what(), path);
  }
}

Loaded load(disk::FileSystem& system, const std::string& path, const std::string& name_field) {
  Loaded loaded = read_state(system, path, name_field);
  require_usable(loaded.contents.document, loaded.problem, path);
  return loaded;
}

}  // namespace stage3::state
