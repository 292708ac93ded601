/* A run inside of a foreign event loop. */
#include <poll.h>
#include <stdlib.h>

#include "check.h"
#include "support.h"

static int is_readable(stage3_worker* worker, int patience_ms) {
  struct pollfd ready = {stage3_worker_fd(worker), POLLIN, 0};
  CHECK(ready.fd >= 0);
  return poll(&ready, 1, patience_ms) == 1;
}

/* Steps whenever the descriptor says so, until nothing is left. */
static void loop(stage3_worker* worker) {
  int left = 1;
  while (left > 0) {
    REQUIRE(is_readable(worker, 10000));
    left = stage3_worker_step(worker, 0, NULL);
  }
  CHECK(left == 0);
}

static void a_foreign_loop_drives_it(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  char* address = refused_address();
  CHECK(stage3_worker_new(runner, &worker, NULL) == 0);
  add_devices(runner, 5, address);
  loop(worker);
  CHECK(counts.outcomes[STAGE3_OUTCOME_OFFLINE] == 5);

  CHECK(stage3_worker_step(worker, 0, NULL) == 0);
  CHECK(!is_readable(worker, 20)); /* idle */
  add_devices(runner, 3, address);
  CHECK(is_readable(worker, 1000));
  CHECK(stage3_worker_step(worker, 0, NULL) == 3);
  loop(worker);
  CHECK(counts.results == 8);

  CHECK(stage3_runner_cancel(runner) == 0);
  CHECK(is_readable(worker, 1000));
  CHECK(stage3_worker_step(worker, 1000, NULL) == 0);
  stage3_worker_free(worker);
  stage3_runner_free(runner);
  free(address);
}

static void steps_wait_as_long_as_they_are_told(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  char* address = refused_address();
  CHECK(stage3_worker_new(runner, &worker, NULL) == 0);
  add_devices(runner, 1, address);
  while (stage3_worker_step(worker, -1, NULL) > 0) {
  }
  CHECK(counts.results == 1);
  CHECK(stage3_worker_step(worker, 10, NULL) == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  stage3_worker_free(worker);
  stage3_runner_free(runner);
  free(address);
}

static void a_freed_worker_drops_its_devices(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_worker_new(runner, &worker, NULL) == 0);
  add_devices(runner, 1, "127.0.0.1:1");
  while (stage3_worker_step(worker, 0, NULL) == 0) {
  }
  stage3_worker_free(worker);
  stage3_worker_free(NULL);
  CHECK(stage3_runner_summary(runner, &summary, NULL) == 0);
  CHECK(summary.cancelled + (size_t)counts.results == 1);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 1);
}

static void a_worker_outlives_its_runner(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  CHECK(stage3_worker_new(runner, &worker, NULL) == 0);
  add_devices(runner, 10, "127.0.0.1:1");
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(counts.results == 0);
  stage3_worker_free(worker);
  CHECK(counts.destroyed == 1);
}

static void wrong_arguments_are_refused(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  CHECK(stage3_worker_new(NULL, &worker, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_worker_new(runner, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_worker_fd(NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_worker_step(NULL, 0, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_worker_run(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(worker == NULL);
  CHECK(stage3_worker_new(runner, &worker, NULL) == 0);
  CHECK(stage3_worker_step(worker, -2, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_worker_free(worker);
  stage3_runner_free(runner);
}

const test_case worker_tests[] = {
    {"a foreign loop drives a worker", a_foreign_loop_drives_it},
    {"steps wait as long as they are told", steps_wait_as_long_as_they_are_told},
    {"a freed worker drops its devices", a_freed_worker_drops_its_devices},
    {"a worker outlives its runner", a_worker_outlives_its_runner},
    {"worker functions refuse wrong arguments", wrong_arguments_are_refused},
    {NULL, NULL}};
