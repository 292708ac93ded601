#include "state/lock_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "faulty_file_system.hpp"
#include "state/failure.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// A lock file that is gone whenever it is opened, and there whenever it is made.
class FlickeringFileSystem : public FaultyFileSystem {
 public:
  int open_at(int dir, const char* name, int flags, mode_t mode) override {
    if (std::string(name) != "s.json.lock") {
      return FaultyFileSystem::open_at(dir, name, flags, mode);
    }
    ++attempts;
    errno = (flags & O_CREAT) != 0 ? EEXIST : ENOENT;
    return -1;
  }

  int attempts = 0;
};

}  // namespace

TEST_CASE("a lock file that comes and goes is not waited for without end") {
  const TempDir dir;
  write_file(dir / "s.json", "{}");
  FlickeringFileSystem system;
  const state::Target target = state::resolve(system, dir / "s.json");
  std::string told = "none";
  try {
    const state::SaveLock lock(target);
  } catch (const state::Failure& failure) {
    told = failure.what();
  }
  CHECK(told == "somebody keeps deleting s.json.lock");
  CHECK(system.attempts < 1000);
}
