#include "disk/target.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "disk/failure.hpp"

namespace stage3::disk {
namespace {

std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string link_target(FileSystem& system, int fd, const std::string& name) {
  std::array<char, PATH_MAX> text{};
  const ssize_t length = system.read_link(fd, text.data(), text.size());
  if (length < 0) throw Failure("read the symbolic link " + name, errno);
  if (static_cast<std::size_t>(length) == text.size()) {
    throw Failure("the symbolic link " + name + " is too long");
  }
  return {text.data(), static_cast<std::size_t>(length)};
}

void check_owners(FileSystem& system, const std::vector<uid_t>& link_owners, uid_t file_owner) {
  if (system.effective_user() != 0) return;
  for (const uid_t owner : link_owners) {
    if (owner != 0 && owner != file_owner) {
      throw Failure("it is a symbolic link of user " + std::to_string(owner) +
                    " to a file that is not theirs; name the file itself");
    }
  }
}

}  // namespace

Target resolve(FileSystem& system, const std::string& path) {
  constexpr unsigned kMaxLinks = 8;
  constexpr uid_t kNobody = static_cast<uid_t>(-1);
  check_path(path);
  std::string at = path;
  std::vector<uid_t> link_owners;
  for (;;) {
    const auto [parent, name] = split(at);
    if (name.empty() || name == "." || name == "..") throw Failure(at + " is not a file");
    Directory directory(system, parent);
    const UniqueFd file(uninterrupted([&, &file_name = name] {
      return system.open_at(directory.fd(), file_name.c_str(), O_PATH, 0);
    }));
    if (!file && errno != ENOENT) throw Failure("open " + at, errno);
    struct stat status {};
    if (file) status = status_of(system, file.get());
    if (!file || !S_ISLNK(status.st_mode)) {
      check_owners(system, link_owners, file ? status.st_uid : kNobody);
      return {std::move(directory), name};
    }
    if (link_owners.size() == kMaxLinks) throw Failure("too many symbolic links");
    link_owners.push_back(status.st_uid);
    const std::string to = link_target(system, file.get(), at);
    at = to.front() == '/' ? to : parent + "/" + to;
  }
}

}  // namespace stage3::disk
