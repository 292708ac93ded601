#include "disk/late_writers.hpp"

#include <algorithm>
#include <utility>

#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "disk/rescue.hpp"
#include "disk/settled.hpp"

namespace stage3::disk {
namespace {

constexpr std::size_t kMaxVersions = 4;

/// Waits, though not for ever, until nothing has come for a moment.
void let_finish(FileSystem& system, Original& version) {
  const auto deadline = system.now() + kPatience;
  for (;;) {
    version.status = status_of(system, version.fd.get());
    system.sleep(kPause);
    const bool is_settled = is_same_version(status_of(system, version.fd.get()), version.status);
    if (is_settled || system.now() >= deadline) return;
  }
}

void remove_if_still(const Target& target, const std::string& name, const Original& version) {
  struct stat by_name {};
  if (name.empty() || !target.directory.stat(name, by_name)) return;
  if (is_same_file(by_name, version.status)) target.directory.remove(name);
}

/// Keeps what was written late; returns under which name.
std::string rescue(const Target& target, const SaveCourse& course, Original& version,
                   const std::string& version_name, std::vector<std::string>& notices) {
  std::string name = free_rescued_name(target);
  struct stat by_name {};
  if (!version_name.empty() && target.directory.stat(version_name, by_name) &&
      is_same_file(by_name, version.status)) {
    target.directory.rename(version_name, name);
    return name;
  }
  const std::string bytes = read_whole(target.directory.system(), version.fd.get());
  copy_version(target, version, bytes, course, name, notices);
  return name;
}

std::string written_late(const std::string& name) {
  return "another process wrote into the file after a save had replaced it: that version is " +
         name + "; take its changes over";
}

/// A change of its name, by which it was put away, changes no content: what was written since is
/// younger than that. Where the file system does not say so, nothing is lost but a name for it.
bool was_written_since_renamed(const struct stat& status) {
  const auto& written = status.st_mtim;
  const auto& renamed = status.st_ctim;
  return written.tv_sec > renamed.tv_sec ||
         (written.tv_sec == renamed.tv_sec && written.tv_nsec >= renamed.tv_nsec);
}

}  // namespace

bool LateWriters::is_watched(const std::string& name) const {
  return std::any_of(versions_.begin(), versions_.end(),
                     [&](const Version& version) { return version.name == name; });
}

void LateWriters::look_at_earlier(const Target& target, std::vector<std::string>& notices) const {
  const Directory& directory = target.directory;
  for (const char* suffix : suffix::kLate) {
    const std::string name = target.sibling(suffix);
    struct stat status {};
    if (is_watched(name) || !directory.stat(name, status) || !S_ISREG(status.st_mode)) continue;
    try {
      const UniqueFd file = directory.open_regular(name);
      if (!file || writers_of(directory.system(), file.get()) == Writers::some) continue;
      if (!was_written_since_renamed(status)) {
        directory.remove(name);
        continue;
      }
      const std::string rescued = free_rescued_name(target);
      directory.rename(name, rescued);
      notices.push_back(written_late(rescued));
    } catch (const Failure& failure) {
      notices.push_back(name +
                        ", which another process had open, cannot be looked at: " + failure.what());
    }
  }
}

void LateWriters::watch(Original&& version, const std::string& name) {
  if (versions_.size() == kMaxVersions) versions_.erase(versions_.begin());
  versions_.push_back({std::move(version), name});
}

void LateWriters::look(const Target& target, const SaveCourse& course,
                       std::vector<std::string>& notices) {
  FileSystem& system = target.directory.system();
  const auto is_done = [&](Version& version) {
    try {
      Original& original = version.original;
      if (is_same_version(status_of(system, original.fd.get()), original.status)) {
        if (writers_of(system, original.fd.get()) != Writers::none) return false;
        remove_if_still(target, version.name, original);
        return true;
      }
      let_finish(system, original);
      version.name = rescue(target, course, original, version.name, notices);
      notices.push_back(written_late(version.name));
    } catch (const Failure& failure) {
      notices.push_back(std::string("another process may have written into the file after a save "
                                    "had replaced it, which could not be kept: ") +
                        failure.what());
    }
    return true;
  };
  versions_.erase(std::remove_if(versions_.begin(), versions_.end(), is_done), versions_.end());
  look_at_earlier(target, notices);
}

}  // namespace stage3::disk
