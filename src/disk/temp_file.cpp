#include "disk/temp_file.hpp"

#include <utility>

#include "disk/attributes.hpp"
#include "disk/failure.hpp"

namespace stage3::disk {
namespace {

/// The disk may begin with so many bytes while we make the next ones.
constexpr std::size_t kWritebackBytes = 4 * 1024 * 1024;

}  // namespace

TempFile::TempFile(const Directory& directory, std::string name, mode_t mode)
    : directory_(directory), name_(std::move(name)) {
  directory_.remove(name_);
  fd_ = directory_.create(name_, mode);
}

TempFile::~TempFile() {
  if (owned_) directory_.system().unlink_at(directory_.fd(), name_.c_str());
}

mode_t mode_of_new(FileSystem& system, const Original& original, const SaveCourse& course) {
  if (course.can_set_mode) return TempFile::kOwnerOnly;
  return mode_for_new(system, original.fd.get(), original.status);
}

void check_file_size(FileSystem& system, std::size_t size) {
  const std::uintmax_t limit = system.max_file_size();
  if (size <= limit) return;
  throw Failure("File too large: " + std::to_string(size) +
                " bytes are needed, the limit on file sizes is " + std::to_string(limit) +
                "; raise it (ulimit -f)");
}

void TempFile::reserve(std::size_t size) {
  FileSystem& system = directory_.system();
  check_file_size(system, size);
  const auto reserve = [&] { return system.allocate(fd_.get(), static_cast<off_t>(size)); };
  if (uninterrupted(reserve) == 0 || is_unsupported(errno)) return;
  throw Failure("no room for the " + std::to_string(size) + " bytes of " + name_, errno);
}

void TempFile::write(std::string_view bytes) {
  FileSystem& system = directory_.system();
  check_file_size(system, written_ + bytes.size());
  write_all(system, fd_.get(), bytes, name_);
  written_ += bytes.size();
  if (written_ - handed_over_ < kWritebackBytes) return;
  system.start_writeback(fd_.get(), static_cast<off_t>(handed_over_),
                         static_cast<off_t>(written_ - handed_over_));
  handed_over_ = written_;
}

bool TempFile::complete(const Original& original, std::vector<std::string>& notices) {
  FileSystem& system = directory_.system();
  const bool has_mode =
      copy_attributes(system, original.fd.get(), original.status, fd_.get(), notices);
  sync_file(system, fd_.get(), name_);
  return has_mode;
}

}  // namespace stage3::disk
