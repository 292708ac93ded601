#include <stddef.h>

#include "check.h"

int main(void) {
  const test_case* const lists[] = {text_tests,       config_tests,   struct_tests, store_tests,
                                    saving_tests,     lock_tests,     job_tests,    runner_tests,
                                    worker_tests,     callback_tests, device_tests, destroy_tests,
                                    fork_tests,       thread_tests,   ending_tests, limit_tests,
                                    reentrancy_tests, throwing_tests, update_tests, NULL};
  return run_tests(lists);
}
