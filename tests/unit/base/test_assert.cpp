#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/assert.hpp"

namespace {

/// How a child ends that asserts `holds`: 0, or the signal.
int end_of(bool holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // doctest would report the end of the child as its own
    ::close(STDERR_FILENO);
    STAGE3_ASSERT(holds);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(child > 0);
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the tests' builds look at assertions") {
  CHECK(end_of(true) == 0);
#ifdef STAGE3_ASSERTS
  CHECK(end_of(false) == SIGABRT);
#else
  CHECK(end_of(false) == 0);
#endif
}
