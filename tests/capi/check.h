#ifndef STAGE3_TESTS_CAPI_CHECK_H
#define STAGE3_TESTS_CAPI_CHECK_H

/* The least of a test framework, in C99: the programs of C embedders are C. A test case that takes
   minutes has come to a deadlock and ends the program. */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct test_case {
  const char* name;
  void (*run)(void);
} test_case;

/* Each file of tests has one such list; a NULL name ends it. */
extern const test_case text_tests[];
extern const test_case config_tests[];
extern const test_case struct_tests[];
extern const test_case store_tests[];
extern const test_case runner_tests[];
extern const test_case callback_tests[];
extern const test_case worker_tests[];
extern const test_case device_tests[];
extern const test_case fork_tests[];
extern const test_case reentrancy_tests[];
extern const test_case throwing_tests[];
extern const test_case destroy_tests[];
extern const test_case saving_tests[];
extern const test_case lock_tests[];
extern const test_case job_tests[];
extern const test_case limit_tests[];
extern const test_case thread_tests[];
extern const test_case ending_tests[];
extern const test_case update_tests[];

/* What a forked child does first, so that none outlives a test that went wrong. */
void limit_child(void);

/* Runs the lists up to a NULL and prints how many passed; returns what main() should. */
int run_tests(const test_case* const* lists);

/* A check that fails is printed and makes its test case fail; the test case goes on. Any thread. */
void check_that(int holds, const char* file, int line, const char* what);
void check_texts(const char* is, const char* wanted, const char* file, int line);

#define CHECK(condition) check_that((condition) != 0, __FILE__, __LINE__, #condition)
#define CHECK_TEXT(is, wanted) check_texts(is, wanted, __FILE__, __LINE__)

/* For what the rest of a test case cannot do without: prints and ends the program. */
#define REQUIRE(condition)                                     \
  do {                                                         \
    if (!(condition)) give_up(__FILE__, __LINE__, #condition); \
  } while (0)
void give_up(const char* file, int line, const char* what);

#ifdef __cplusplus
}
#endif

#endif
