/* What the system or a limit of the library refuses. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

/* From here on no descriptor can be opened; returns what give_descriptors_back() wants. */
static struct rlimit take_descriptors_away(void) {
  struct rlimit before;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  struct rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  return before;
}

static void give_descriptors_back(struct rlimit before) {
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

static void out_of_descriptors_no_run_is_made(void) {
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  tally counts = {0, {0}, 0};
  const stage3_callbacks callbacks = counting(&counts);
  const struct rlimit before = take_descriptors_away();
  CHECK(stage3_runner_new(config, &callbacks, 0, &runner, &error) == STAGE3_E_SYSTEM);
  give_descriptors_back(before);
  CHECK(error.code == STAGE3_E_SYSTEM);
  CHECK(strstr(error.message, "Too many open files") != NULL);
  CHECK(runner == NULL);
  CHECK(counts.destroyed == 0);
  stage3_config_free(config);
}

/* The run is as it was: it can be worked on once there are descriptors. */
static void out_of_descriptors_no_worker_is_made(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  char* address = refused_address();
  add_devices(runner, 2, address);
  const struct rlimit before = take_descriptors_away();
  CHECK(stage3_worker_new(runner, &worker, &error) == STAGE3_E_SYSTEM);
  CHECK(error.code == STAGE3_E_SYSTEM);
  CHECK(stage3_runner_work(runner, &error) == STAGE3_E_SYSTEM);
  give_descriptors_back(before);
  CHECK(worker == NULL);
  CHECK(counts.results == 0);
  CHECK(stage3_runner_cancelled(runner) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(counts.outcomes[STAGE3_OUTCOME_OFFLINE] == 2);
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 1);
  free(address);
}

static void out_of_descriptors_no_file_is_read_or_made(void) {
  directory dir = make_directory();
  stage3_config* config = make_config(&dir, "s.json");
  stage3_config* second = NULL;
  stage3_store* store = NULL;
  stage3_lock* lock = NULL;
  const char* path = write_file(&dir, "s.json", "{}");
  const struct rlimit before = take_descriptors_away();
  CHECK(stage3_config_load(path, &second, NULL) == STAGE3_E_CONFIG);
  CHECK(stage3_store_load(config, &store, NULL) == STAGE3_E_STATE_READ);
  CHECK(stage3_store_check(config, NULL, NULL, NULL) == STAGE3_E_STATE_READ);
  CHECK(stage3_lock_acquire(path, &lock, NULL) == STAGE3_E_STATE_WRITE);
  give_descriptors_back(before);
  CHECK(second == NULL && store == NULL && lock == NULL);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void a_configuration_has_its_size(void) {
  const size_t most = 1024 * 1024;
  directory dir = make_directory();
  char* yaml = malloc(most + 2);
  stage3_config* config = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  REQUIRE(yaml != NULL);
  memset(yaml, '\n', most + 1);
  memcpy(yaml, "stage3: {}", 10);
  yaml[most + 1] = '\0';
  CHECK(stage3_config_parse(yaml, most, "c.yaml", &config, NULL) == 0);
  stage3_config_free(config);
  config = NULL;
  CHECK(stage3_config_parse(yaml, most + 1, "c.yaml", &config, &error) == STAGE3_E_CONFIG);
  CHECK(strstr(error.message, "larger than 1048576 bytes") != NULL);
  CHECK(stage3_config_load(write_file(&dir, "c.yaml", yaml), &config, NULL) == STAGE3_E_CONFIG);
  CHECK(config == NULL);
  free(yaml);
  remove_directory(&dir);
}

static void a_state_file_has_its_size(void) {
  directory dir = make_directory();
  stage3_config* config = make_config(&dir, "s.json");
  stage3_store* store = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  /* All of it a hole: it is refused by its size, not for what it holds. */
  REQUIRE(truncate(write_file(&dir, "s.json", "{}"), 256L * 1024 * 1024 + 1) == 0);
  CHECK(stage3_store_load(config, &store, &error) == STAGE3_E_STATE_READ);
  CHECK(strstr(error.message, "256 MiB") != NULL);
  CHECK(store == NULL);
  stage3_config_free(config);
  remove_directory(&dir);
}

const test_case limit_tests[] = {
    {"out of descriptors no run is made", out_of_descriptors_no_run_is_made},
    {"out of descriptors no worker is made", out_of_descriptors_no_worker_is_made},
    {"out of descriptors no file is read or made", out_of_descriptors_no_file_is_read_or_made},
    {"a configuration has its size", a_configuration_has_its_size},
    {"a state file has its size", a_state_file_has_its_size},
    {NULL, NULL}};
