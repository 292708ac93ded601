#include "disk/settled.hpp"

#include <cerrno>
#include <chrono>

namespace stage3::disk {

void check_settled(FileSystem& system, const Original& original) {
  if (!is_same_version(status_of(system, original.fd.get()), original.status)) {
    throw Unsettled("it is being written by somebody else");
  }
}

Writers writers_of(FileSystem& system, int fd) {
  if (system.probe_writer(fd) == 0) return Writers::none;
  return errno == EAGAIN ? Writers::some : Writers::unknown;
}

bool was_changed_within(FileSystem& system, const struct stat& status, std::chrono::seconds time) {
  const auto changed_at = std::chrono::seconds(status.st_mtim.tv_sec) +
                          std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return system.file_time().time_since_epoch() - changed_at < time;
}

}  // namespace stage3::disk
