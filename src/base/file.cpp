#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include <stage3/error.hpp>
#include <stage3/text.hpp>

#include "base/uninterrupted.hpp"

namespace stage3 {
namespace {

/// The size that the file has now, which may change while it is read; 0 in /proc.
std::size_t size_hint(int fd) noexcept {
  struct stat status {};
  if (fstat(fd, &status) != 0 || status.st_size < 0) return 0;
  return static_cast<std::size_t>(status.st_size);
}

std::size_t read_some(int fd, char* to, std::size_t size) {
  const ssize_t count = uninterrupted([&] { return read(fd, to, size); });
  if (count < 0) throw FileError(errno);
  return static_cast<std::size_t>(count);
}

}  // namespace

FileError::FileError(int error_number)
    : FileError(error_number, std::generic_category().message(error_number)) {}

FileError::FileError(int error_number, std::string reason)
    : std::system_error(error_number, std::generic_category()), reason_(std::move(reason)) {}

std::string reason_at(const std::string& path, const FileError& error) {
  if (path.empty()) return "the path is empty";
  if (error.code().value() != ENOENT || path.front() == '/') return error.reason();
  const std::unique_ptr<char, void (*)(void*)> directory(getcwd(nullptr, 0), std::free);
  if (directory == nullptr) return error.reason();
  return error.reason() + " (the working directory is " + directory.get() + ')';
}

void check_path(const std::string& path) {
  if (path.find('\0') == std::string::npos) return;
  throw Error(Errc::invalid_argument, "the path \"" + escape(path) + "\" has a NUL byte in it");
}

UniqueFd open_regular_file(const std::string& path) {
  check_path(path);
  // O_NONBLOCK: opening a FIFO would wait for its writer; it means nothing to a regular file.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  UniqueFd fd(uninterrupted([&] { return open(path.c_str(), kFlags); }));
  if (!fd) throw FileError(errno);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) throw FileError(errno);
  if (S_ISDIR(status.st_mode)) throw FileError(EISDIR);
  if (!S_ISREG(status.st_mode)) throw FileError(EINVAL, "not a regular file");
  return fd;
}

std::string read_all(int fd, std::size_t max_bytes) {
  constexpr std::size_t kSmallest = 4096;
  // One byte more than fits, because only a read that brings nothing proves the end.
  std::string bytes(std::min(std::max(size_hint(fd), kSmallest), max_bytes) + 1, '\0');
  std::size_t used = 0;
  while (const std::size_t count = read_some(fd, &bytes[used], bytes.size() - used)) {
    used += count;
    if (used > max_bytes) {
      throw FileError(EFBIG, "larger than " + std::to_string(max_bytes) + " bytes");
    }
    if (used == bytes.size()) bytes.resize(std::min(2 * used, max_bytes + 1));
  }
  bytes.resize(used);
  return bytes;
}

std::string read_file(const std::string& path, std::size_t max_bytes) {
  const UniqueFd fd = open_regular_file(path);
  return read_all(fd.get(), max_bytes);
}

}  // namespace stage3
