#include "disk/room.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstdint>

#include "disk/failure.hpp"

namespace stage3::disk {

void check_room(const Directory& directory, std::size_t bytes) {
  FileSystem& system = directory.system();
  struct statvfs volume {};
  if (system.volume(directory.fd(), &volume) == -1) return;
  const bool is_root = system.effective_user() == 0;
  const auto lacks = [&](std::uintmax_t all, std::uintmax_t free_to_root,
                         std::uintmax_t free_to_all, std::uintmax_t wanted) {
    // A file system that does not count says 0 of everything.
    return all != 0 && (is_root ? free_to_root : free_to_all) < wanted;
  };
  const std::uintmax_t block = volume.f_frsize == 0 ? 512 : volume.f_frsize;
  if (lacks(volume.f_blocks, volume.f_bfree, volume.f_bavail, (bytes + block - 1) / block) ||
      lacks(volume.f_files, volume.f_ffree, volume.f_favail, 1)) {
    throw Failure("make a file beside it", ENOSPC);
  }
}

}  // namespace stage3::disk
