#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

/* Handles of the parent. */
typedef struct handles {
  stage3_config* config;
  stage3_store* store;
  stage3_lock* lock;
  stage3_runner* runner;
  stage3_worker* worker;
  const stage3_result* result;
} handles;

/* A bit for each thing in the child that is not as documented. */
static int misuse(const handles* parents) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_device device = STAGE3_DEVICE_INIT;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  stage3_worker* worker = NULL;
  stage3_lock* lock = NULL;
  const char* merged = NULL;
  size_t merged_size = 0;
  const int refused[] = {
      stage3_runner_add(parents->runner, &device, &error),
      stage3_runner_add_store(parents->runner, parents->store, NULL, 0, NULL),
      stage3_runner_work(parents->runner, NULL),
      stage3_runner_cancel(parents->runner),
      stage3_runner_remove(parents->runner, "A8032A000001", NULL),
      stage3_runner_cancelled(parents->runner),
      stage3_runner_summary(parents->runner, &summary, NULL),
      stage3_worker_new(parents->runner, &worker, NULL),
      stage3_worker_fd(parents->worker),
      stage3_worker_step(parents->worker, 0, NULL),
      stage3_worker_run(parents->worker, NULL),
      stage3_store_device(parents->store, 0, &device, NULL),
      stage3_store_check_writable(parents->store, NULL),
      stage3_store_check_still_writable(parents->store, NULL),
      stage3_lock_acquire_for_store(parents->store, &lock, NULL),
      stage3_runner_hold_changes(parents->runner, 1, NULL),
      stage3_store_record(parents->store, parents->result, NULL),
      stage3_store_record_update(parents->store, "bad", NULL, NULL),
      stage3_store_merged(parents->store, &merged, &merged_size, NULL),
      stage3_store_report(parents->store, NULL, STAGE3_REPORT_TEXT, STAGE3_LANGUAGE_EN, 0, &merged,
                          &merged_size, NULL),
      stage3_store_save(parents->store, NULL, NULL, NULL),
  };
  int wrong = error.code != STAGE3_E_FORKED || strstr(error.message, "parent") == NULL;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i)
    wrong |= (refused[i] != STAGE3_E_FORKED) << 1;
  /* Plain memory. */
  wrong |= (strcmp(stage3_result_key(parents->result), "bad") != 0) << 5;
  wrong |= (stage3_config_set(parents->config, "concurrency", "8", NULL) != 0) << 6;
  stage3_result_unref(parents->result);
  stage3_worker_free(parents->worker);
  stage3_runner_free(parents->runner);
  stage3_store_free(parents->store);
  stage3_lock_free(parents->lock);
  return wrong;
}

/* Whether the child can do a run of its own with the parent's configuration. */
static int own_run_fails(const handles* parents) {
  tally counts = {0, {0}, 0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_runner* runner = NULL;
  if (stage3_runner_new(parents->config, &callbacks, 0, &runner, NULL) != 0) return 4;
  add_devices(runner, 2, "127.0.0.1:1");
  if (stage3_runner_work(runner, NULL) != 0) return 8;
  stage3_runner_free(runner);
  return counts.results == 2 && counts.destroyed == 1 ? 0 : 16;
}

static int run_child(const handles* parents) {
  int status = -1;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    limit_child();
    _exit(misuse(parents) | own_run_fails(parents));
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_child_cannot_use_or_disturb_its_parents_handles(void) {
  directory dir = make_directory();
  tally counts = {0, {0}, 0};
  char* address = refused_address();
  handles mine = {make_config(&dir, "s.json"), NULL, NULL,
                  make_runner(&counts),        NULL, failed_result()};
  stage3_lock* second = NULL;
  char path[128];
  strcpy(path, write_file(&dir, "s.json", "{\"A8032A000001\": {\"ip\": \"127.0.0.1:1\"}}"));
  REQUIRE(stage3_store_load(mine.config, &mine.store, NULL) == 0);
  REQUIRE(stage3_lock_acquire(path, &mine.lock, NULL) == 0);
  REQUIRE(stage3_worker_new(mine.runner, &mine.worker, NULL) == 0);
  add_devices(mine.runner, 3, address);
  CHECK(stage3_worker_step(mine.worker, 0, NULL) == 3);

  CHECK(run_child(&mine) == 0);

  CHECK(stage3_runner_cancelled(mine.runner) == 0);
  CHECK(stage3_lock_acquire(path, &second, NULL) == STAGE3_E_LOCKED);
  CHECK(stage3_worker_run(mine.worker, NULL) == 0);
  CHECK(counts.outcomes[STAGE3_OUTCOME_OFFLINE] == 3);
  stage3_worker_free(mine.worker);
  stage3_runner_free(mine.runner);
  CHECK(counts.destroyed == 1);
  stage3_store_free(mine.store);
  stage3_lock_free(mine.lock);
  stage3_result_unref(mine.result);
  stage3_config_free(mine.config);
  free(address);
  remove_directory(&dir);
}

const test_case fork_tests[] = {{"a child cannot use or disturb its parent's handles",
                                 a_child_cannot_use_or_disturb_its_parents_handles},
                                {NULL, NULL}};
