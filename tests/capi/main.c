#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static int failed_checks; /* of the running test case; changed by the __atomic built-ins */

void check_that(int holds, const char* file, int line, const char* what) {
  if (holds) return;
  printf("%s:%d: FAILED: %s\n", file, line, what);
  __atomic_add_fetch(&failed_checks, 1, __ATOMIC_RELAXED);
}

void check_texts(const char* is, const char* wanted, const char* file, int line) {
  if (is != NULL && wanted != NULL && strcmp(is, wanted) == 0) return;
  printf("%s:%d: FAILED: \"%s\" should be \"%s\"\n", file, line, is == NULL ? "(null)" : is,
         wanted == NULL ? "(null)" : wanted);
  __atomic_add_fetch(&failed_checks, 1, __ATOMIC_RELAXED);
}

void give_up(const char* file, int line, const char* what) {
  printf("%s:%d: cannot go on without: %s\n", file, line, what);
  fflush(stdout);
  abort();
}

int main(void) {
  const test_case* const lists[] = {text_tests,   config_tests, struct_tests,
                                    store_tests,  runner_tests, callback_tests,
                                    worker_tests, device_tests, fork_tests};
  int passed = 0;
  int failed = 0;
  for (size_t list = 0; list < sizeof lists / sizeof *lists; ++list) {
    for (const test_case* test = lists[list]; test->name != NULL; ++test) {
      failed_checks = 0;
      test->run();
      if (failed_checks == 0) {
        ++passed;
      } else {
        ++failed;
        printf("FAILED: %s\n", test->name);
      }
      fflush(stdout);
    }
  }
  /* In the words of the other test programs, for those who count. */
  printf("[doctest] test cases: %d | %d passed | %d failed | 0 skipped\n", passed + failed, passed,
         failed);
  return failed != 0;
}
