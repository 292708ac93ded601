#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#ifdef __SANITIZE_THREAD__
/// libcurl closes a connection that is given up before it is made first, and says only afterwards
/// that it is no longer to be watched: by then the number may be a connection of the test's server,
/// on another thread. The kernel knows the two apart, ThreadSanitizer does not.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:stage3::net::Poller::forget\n";
}
#endif
