#include "base/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cerrno>

#include "../temporary_directory.hpp"

using stage3::FileError;
using stage3::read_file;

namespace {

/// The reason why `path` cannot be read; fails the test if it can.
std::string reason(const std::string& path, int expected_errno) {
  try {
    read_file(path, 1000);
  } catch (const FileError& error) {
    CHECK(error.code().value() == expected_errno);
    return error.reason();
  }
  FAIL("no error for " << path);
  return {};
}

}  // namespace

TEST_CASE("read_file brings every byte") {
  const TemporaryDirectory directory;
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 100000U}) {
    CAPTURE(size);
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>(i);
    CHECK(read_file(directory.write("bytes", bytes), 100000) == bytes);
  }
}

TEST_CASE("read_file reads up to its bound and not beyond") {
  const TemporaryDirectory directory;
  CHECK(read_file(directory.write("fits", std::string(1000, 'x')), 1000).size() == 1000);
  CHECK(reason(directory.write("long", std::string(1001, 'x')), EFBIG) == "larger than 1000 bytes");
  CHECK(read_file(directory.write("empty", ""), 0).empty());
}

TEST_CASE("a file whose size is not known beforehand is read as well") {
  CHECK_FALSE(read_file("/proc/self/status", 1 << 20).empty());
  CHECK(reason("/proc/self/maps", EFBIG) == "larger than 1000 bytes");
}

TEST_CASE("read_file says why it cannot") {
  const TemporaryDirectory directory;
  CHECK(reason(directory.path("none"), ENOENT) == "No such file or directory");
  CHECK(reason(directory.path(""), EISDIR) == "Is a directory");
  CHECK(reason("/dev/null", EINVAL) == "not a regular file");
}

TEST_CASE("a FIFO without a writer is refused at once") {
  const TemporaryDirectory directory;
  REQUIRE(mkfifo(directory.path("fifo").c_str(), 0600) == 0);
  CHECK(reason(directory.path("fifo"), EINVAL) == "not a regular file");
}
