#pragma once

#include <cstddef>
#include <string>
#include <system_error>

#include "base/unique_fd.hpp"

namespace stage3 {

/// Why a file cannot be read. reason() says it in words without the file's name: "No such file or
/// directory".
class FileError : public std::system_error {
 public:
  explicit FileError(int error_number);
  FileError(int error_number, std::string reason);

  const std::string& reason() const noexcept { return reason_; }

 private:
  std::string reason_;
};

/// The reason of an error at `path`; where a relative path leads to nothing, with the directory it
/// is relative to.
std::string reason_at(const std::string& path, const FileError& error);

/// The system would take a NUL byte for the end of the path, and so another file than was named.
/// Throws Error(Errc::invalid_argument) for one.
void check_path(const std::string& path);

/// Opens a regular file for reading. Anything else (a directory, a FIFO, a terminal) is refused
/// without waiting for it. Throws FileError, and what check_path() throws.
UniqueFd open_regular_file(const std::string& path);

/// Reads from where `fd` stands to the end. Throws FileError, with EFBIG if there are more than
/// `max_bytes`.
std::string read_all(int fd, std::size_t max_bytes);

/// open_regular_file() and read_all() in one.
std::string read_file(const std::string& path, std::size_t max_bytes);

}  // namespace stage3
