// What must not compile with -Werror: a lock that is let go at once. With KEPT: what must.
#include <stage3/state_store.hpp>

void stage3_test_dropped(const std::string& path);
void stage3_test_dropped(const std::string& path) {
#ifdef KEPT
  const auto kept =
#endif
      stage3::RunLock::acquire(path);
}
