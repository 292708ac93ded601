#include "disk/late_writers.hpp"

#include <algorithm>
#include <utility>

#include "disk/failure.hpp"
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
                   std::vector<std::string>& notices) {
  const std::string name = free_rescued_name(target);
  const std::string bytes = read_whole(target.directory.system(), version.fd.get());
  copy_version(target, version, bytes, course, name, notices);
  return name;
}

}  // namespace

void LateWriters::watch(Original&& version, const std::string& name) {
  if (versions_.size() == kMaxVersions) versions_.erase(versions_.begin());
  versions_.push_back({std::move(version), name});
}

void LateWriters::look(const Target& target, const SaveCourse& course,
                       std::vector<std::string>& notices) {
  FileSystem& system = target.directory.system();
  const auto is_done = [&](Version& version) {
    Original& original = version.original;
    try {
      if (is_same_version(status_of(system, original.fd.get()), original.status)) {
        if (writers_of(system, original.fd.get()) != Writers::none) return false;
        remove_if_still(target, version.name, original);
        return true;
      }
      let_finish(system, original);
      if (version.name.empty()) version.name = rescue(target, course, original, notices);
      notices.push_back(
          "another process wrote into the file after a save had replaced it: that "
          "version is " +
          version.name + "; take its changes over");
    } catch (const Failure& failure) {
      notices.push_back(std::string("another process may have written into the file after a save "
                                    "had replaced it, which could not be kept: ") +
                        failure.what());
    }
    return true;
  };
  versions_.erase(std::remove_if(versions_.begin(), versions_.end(), is_done), versions_.end());
}

}  // namespace stage3::disk
