#include "base/unique_fd.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

using stage3::UniqueFd;

namespace {

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

UniqueFd open_null() {
  return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

TEST_CASE("a descriptor is closed once, by its last owner") {
  int fd = -1;
  {
    UniqueFd first = open_null();
    REQUIRE(first);
    fd = first.get();
    UniqueFd second(std::move(first));
    CHECK_FALSE(first);
    CHECK(second.get() == fd);
    UniqueFd third;
    third = std::move(second);
    CHECK_FALSE(second);
    CHECK(third.get() == fd);
    CHECK(is_open(fd));
  }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("assigning closes what was held, releasing does not") {
  UniqueFd target = open_null();
  const int old = target.get();
  UniqueFd source = open_null();
  const int kept = source.get();
  target = std::move(source);
  CHECK_FALSE(is_open(old));
  CHECK(target.release() == kept);
  CHECK_FALSE(target);
  CHECK(is_open(kept));
  target.reset(kept);
  target.reset();
  CHECK_FALSE(is_open(kept));
}

TEST_CASE("closing leaves errno alone") {
  UniqueFd bad(1 << 20);
  errno = ENOENT;
  bad.reset();
  CHECK(errno == ENOENT);
}
