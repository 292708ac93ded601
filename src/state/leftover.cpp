#include "state/leftover.hpp"

#include "disk/failure.hpp"
#include "disk/file_io.hpp"
#include "disk/names.hpp"
#include "disk/rescue.hpp"
#include "state/document.hpp"

namespace stage3::state {
namespace {

bool is_our_own(const disk::Target& target, const struct stat& status, uid_t owner) {
  if (!S_ISREG(status.st_mode) || status.st_size > static_cast<off_t>(disk::kMaxFileBytes))
    return false;
  const uid_t user = target.directory.system().effective_user();
  return status.st_uid == user || (user == 0 && status.st_uid == owner);
}

bool backup_is(const disk::Target& target, std::string_view bytes) {
  struct stat status {};
  const std::string name = target.sibling(disk::suffix::kBackup);
  if (!target.directory.stat(name, status) || !S_ISREG(status.st_mode)) return false;
  const UniqueFd file = target.directory.open_regular(name);
  return file && disk::has_bytes(target.directory.system(), file.get(), bytes);
}

bool is_worth_keeping(const disk::Target& target, const std::string& name, std::string_view bytes) {
  const UniqueFd file = target.directory.open_regular(name);
  if (!file) return false;
  Contents leftover;
  leftover.document.bytes = disk::read_whole(target.directory.system(), file.get());
  const bool parses = !parse(leftover, "");
  const std::string& found = leftover.document.bytes;
  return parses && found != bytes && !backup_is(target, found);
}

}  // namespace

void clear_leftover(const disk::Target& target, std::string_view bytes, uid_t owner,
                    std::vector<std::string>& notices) {
  const std::string name = target.sibling(disk::suffix::kTemp);
  struct stat status {};
  if (!target.directory.stat(name, status)) return;
  if (is_our_own(target, status, owner) && is_worth_keeping(target, name, bytes)) {
    const std::string rescued = disk::free_rescued_name(target);
    target.directory.rename(name, rescued);
    notices.push_back("an interrupted save had left " + name + ": kept as " + rescued);
  } else {
    target.directory.remove(name);
  }
}

}  // namespace stage3::state
