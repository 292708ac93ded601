#include "state/temp_file.hpp"

#include <utility>

#include "state/attributes.hpp"
#include "state/failure.hpp"

namespace stage3::state {
namespace {

/// Gathers small pieces into writes of 256 KiB.
class BufferedWriter {
 public:
  BufferedWriter(FileSystem& system, int fd, const std::string& name)
      : system_(system), fd_(fd), name_(name) {
    buffer_.reserve(kSize);
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, kSize - buffer_.size());
      buffer_ += part;
      bytes.remove_prefix(part.size());
      if (buffer_.size() == kSize) flush();
    }
  }

  void flush() {
    write_all(system_, fd_, buffer_, name_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kSize = 256 * 1024;

  FileSystem& system_;
  int fd_;
  const std::string& name_;
  std::string buffer_;
};

}  // namespace

TempFile::TempFile(const Directory& directory, std::string name)
    : directory_(directory), name_(std::move(name)) {
  directory_.remove(name_);
  fd_ = directory_.create(name_);
}

TempFile::~TempFile() {
  if (owned_) directory_.system().unlink_at(directory_.fd(), name_.c_str());
}

void TempFile::fill(std::string_view bytes, const Splices& splices, const Original& original,
                    std::vector<std::string>& notices) {
  FileSystem& system = directory_.system();
  BufferedWriter writer(system, fd_.get(), name_);
  splices.apply(bytes, [&](std::string_view piece) { writer.write(piece); });
  writer.flush();
  copy_attributes(system, original.fd.get(), original.status, fd_.get(), notices);
  sync_file(system, fd_.get(), name_);
}

bool TempFile::is(const struct stat& status) const {
  return is_same_file(status, status_of(directory_.system(), fd_.get()));
}

}  // namespace stage3::state
