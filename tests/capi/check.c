#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/thread_sanitizer.h"
#include "check.h"

/* In seconds: much longer than any machine takes, under valgrind and with much else to do. */
enum { PATIENCE = 300 };

static const char* running = "";
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

static void on_alarm(int signal_number) {
  (void)signal_number;
  const char* const parts[] = {"does not come to an end: ", running, "\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
    if (write(STDOUT_FILENO, parts[i], strlen(parts[i])) < 0) break;
  abort();
}

void limit_child(void) {
  alarm(PATIENCE / 2);
}

static int run_test(const test_case* test) {
  failed_checks = 0;
  running = test->name;
  alarm(PATIENCE);
  test->run();
  alarm(0);
  if (failed_checks != 0) printf("FAILED: %s\n", test->name);
  fflush(stdout);
  return failed_checks == 0;
}

int run_tests(const test_case* const* lists) {
  int passed = 0;
  int failed = 0;
  signal(SIGALRM, on_alarm);
  for (; *lists != NULL; ++lists) {
    for (const test_case* test = *lists; test->name != NULL; ++test) {
      if (run_test(test))
        ++passed;
      else
        ++failed;
    }
  }
  /* In the words of the other test programs, for those who count. */
  printf("[doctest] test cases: %d | %d passed | %d failed | 0 skipped\n", passed + failed, passed,
         failed);
  return failed != 0;
}
