/* What callbacks may do, and what their answers do. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "support.h"

/* What the callbacks of one test work on. */
typedef struct scene {
  tally counts; /* first: count_result() and count_destroy() take it */
  stage3_runner* runner;
  stage3_worker* worker;
  char text[200];
  char* address;
} scene;

/* A runner with `devices` devices that refuse, and a worker. */
static void begin(scene* stage, stage3_callbacks* callbacks, int devices, const char* concurrency) {
  stage3_config* config = default_config();
  REQUIRE(stage3_config_set(config, "concurrency", concurrency, NULL) == 0);
  memset(stage, 0, sizeof *stage);
  stage->address = refused_address();
  callbacks->user = stage;
  callbacks->destroy = count_destroy;
  REQUIRE(stage3_runner_new(config, callbacks, 0, &stage->runner, NULL) == 0);
  add_devices(stage->runner, devices, stage->address);
  REQUIRE(stage3_worker_new(stage->runner, &stage->worker, NULL) == 0);
  stage3_config_free(config);
}

static void end(scene* stage) {
  CHECK(stage->counts.destroyed == 0);
  stage3_worker_free(stage->worker);
  CHECK(stage->counts.destroyed == 0);
  stage3_runner_free(stage->runner);
  CHECK(stage->counts.destroyed == 1);
  free(stage->address);
}

static int count_and_cancel(void* user, const stage3_result* result) {
  count_result(user, result);
  return 1;
}

static void non_zero_cancels_the_run(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = count_and_cancel;
  begin(&stage, &callbacks, 30, "1");
  CHECK(stage3_worker_run(stage.worker, NULL) == 0);
  CHECK(stage3_runner_cancelled(stage.runner) == 1);
  CHECK(stage.counts.results == 30);
  CHECK(stage.counts.outcomes[STAGE3_OUTCOME_OFFLINE] >= 1);
  CHECK(stage.counts.outcomes[STAGE3_OUTCOME_CANCELLED] >= 20);
  end(&stage);
}

static int cancel_event(void* user, int kind, const stage3_device* device) {
  scene* stage = user;
  CHECK(kind == STAGE3_EVENT_STARTED);
  CHECK(device->struct_size == sizeof *device);
  CHECK_TEXT(device->address, stage->address);
  return stage3_runner_cancel(stage->runner);
}

static void cancel_from_inside_is_fine(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = count_result;
  callbacks.on_event = cancel_event;
  begin(&stage, &callbacks, 30, "1");
  CHECK(stage3_worker_run(stage.worker, NULL) == 0);
  CHECK(stage.counts.results == 30);
  CHECK(stage.counts.outcomes[STAGE3_OUTCOME_CANCELLED] >= 29);
  end(&stage);
}

static int try_to_work(void* user, const stage3_result* result) {
  scene* stage = user;
  stage3_error error = STAGE3_ERROR_INIT;
  tally inner_counts = {0, {0}, 0};
  stage3_runner* inner = make_runner(&inner_counts);
  add_devices(inner, 1, stage->address);
  CHECK(stage3_runner_work(stage->runner, &error) == STAGE3_E_REENTRANT);
  CHECK(error.code == STAGE3_E_REENTRANT);
  CHECK(stage3_worker_run(stage->worker, NULL) == STAGE3_E_REENTRANT);
  CHECK(stage3_worker_step(stage->worker, 0, NULL) == STAGE3_E_REENTRANT);
  CHECK(stage3_runner_work(inner, NULL) == STAGE3_E_REENTRANT);
  stage3_runner_free(inner);
  return count_result(user, result);
}

static void working_from_inside_is_refused(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = try_to_work;
  begin(&stage, &callbacks, 3, "256");
  CHECK(stage3_worker_run(stage.worker, NULL) == 0);
  CHECK(stage.counts.outcomes[STAGE3_OUTCOME_OFFLINE] == 3);
  CHECK(stage3_runner_cancelled(stage.runner) == 0);
  end(&stage);
}

static int add_one_more(void* user, const stage3_result* result) {
  scene* stage = user;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  if (stage->counts.results == 0) add_devices(stage->runner, 2, stage->address);
  CHECK(stage3_runner_summary(stage->runner, &summary, NULL) == 0);
  CHECK(summary.total == 3);
  return count_result(user, result);
}

static void adding_from_inside_is_fine(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = add_one_more;
  begin(&stage, &callbacks, 1, "256");
  CHECK(stage3_worker_run(stage.worker, NULL) == 0);
  CHECK(stage.counts.results == 3);
  end(&stage);
}

static int free_runner(void* user, const stage3_result* result) {
  scene* stage = user;
  count_result(user, result);
  stage3_runner_free(stage->runner);
  stage->runner = NULL;
  CHECK(stage->counts.destroyed == 0);
  return 0;
}

static void freeing_the_runner_from_inside_waits(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = free_runner;
  begin(&stage, &callbacks, 30, "1");
  stage3_worker_free(stage.worker);
  stage.worker = NULL;
  CHECK(stage3_runner_work(stage.runner, NULL) == 0);
  CHECK(stage.counts.results == 1);
  CHECK(stage.counts.destroyed == 1);
  free(stage.address);
}

static int free_worker(void* user, const stage3_result* result) {
  scene* stage = user;
  count_result(user, result);
  stage3_worker_free(stage->worker);
  stage->worker = NULL;
  return 0;
}

static void freeing_the_worker_from_inside_waits(void) {
  scene stage;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = free_worker;
  begin(&stage, &callbacks, 5, "1");
  while (stage.worker != NULL)
    CHECK(stage3_worker_step(stage.worker, 1000, NULL) >= 0);
  const int told = stage.counts.results;
  CHECK(told >= 1);
  CHECK(stage3_runner_work(stage.runner, NULL) == 0);
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_runner_summary(stage.runner, &summary, NULL) == 0);
  CHECK(summary.offline + summary.cancelled == 5);
  end(&stage);
}

static int take_log(void* user, int level, const char* text) {
  scene* stage = user;
  CHECK(level == STAGE3_LOG_WARNING);
  CHECK(stage3_worker_step(stage->worker, 0, NULL) == STAGE3_E_REENTRANT);
  strncpy(stage->text, text, sizeof stage->text - 1);
  ++stage->counts.results;
  return 0;
}

static void the_first_step_tells_about_the_secrets_file(void) {
  directory dir = make_directory();
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  scene stage;
  memset(&stage, 0, sizeof stage);
  callbacks.on_log = take_log;
  callbacks.user = &stage;
  REQUIRE(stage3_config_set(config, "auth.secrets_file",
                            write_file(&dir, "secrets.yaml", "shelly: {}\n"), NULL) == 0);
  REQUIRE(chmod(dir.file_path, 0600) == 0);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &stage.runner, NULL) == 0);
  REQUIRE(stage3_worker_new(stage.runner, &stage.worker, NULL) == 0);
  CHECK(stage.counts.results == 0);
  CHECK(stage3_worker_step(stage.worker, 0, NULL) == 0);
  CHECK(stage3_worker_step(stage.worker, 0, NULL) == 0);
  CHECK(stage.counts.results == 1);
  CHECK(strstr(stage.text, "gives no password") != NULL);
  stage3_worker_free(stage.worker);
  stage3_runner_free(stage.runner);
  stage3_config_free(config);
  remove_directory(&dir);
}

const test_case callback_tests[] = {
    {"a callback's non-zero answer cancels the run", non_zero_cancels_the_run},
    {"cancel from inside of a callback is fine", cancel_from_inside_is_fine},
    {"working from inside of a callback is refused", working_from_inside_is_refused},
    {"adding from inside of a callback is fine", adding_from_inside_is_fine},
    {"freeing the runner from inside of a callback waits", freeing_the_runner_from_inside_waits},
    {"freeing the worker from inside of a callback waits", freeing_the_worker_from_inside_waits},
    {"the first step tells about the secrets file", the_first_step_tells_about_the_secrets_file},
    {NULL, NULL}};
