#include "disk/rescue.hpp"

#include "disk/failure.hpp"
#include "disk/names.hpp"

namespace stage3::disk {

namespace {

/// Empty: something stands at each of them.
template <class Suffixes>
std::string free_name(const Target& target, const Suffixes& suffixes) {
  for (const char* suffix : suffixes) {
    struct stat ignored {};
    std::string name = target.sibling(suffix);
    if (!target.directory.stat(name, ignored)) return name;
  }
  return {};
}

}  // namespace

std::string free_late_name(const Target& target) {
  std::string name = free_name(target, suffix::kLate);
  return name.empty() ? free_rescued_name(target) : name;
}

std::string free_rescued_name(const Target& target) {
  std::string name = free_name(target, suffix::kRescued);
  if (!name.empty()) return name;
  throw Failure(target.sibling(suffix::kRescued.front()) + " to " +
                target.sibling(suffix::kRescued.back()) +
                " are all there: take what you miss out of them, and remove them");
}

void copy_version(const Target& target, const Original& original, std::string_view bytes,
                  const SaveCourse& course, const std::string& name,
                  std::vector<std::string>& notices) {
  TempFile copy(target.directory, target.sibling(suffix::kBackupTemp),
                mode_of_new(target.directory.system(), original, course));
  copy.write(bytes);
  copy.complete(original, notices);
  target.directory.rename(copy.name(), name);
  copy.give_away();
}

}  // namespace stage3::disk
