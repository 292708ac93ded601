#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static stage3_summary summary_of(stage3_runner* runner) {
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  REQUIRE(stage3_runner_summary(runner, &summary, NULL) == 0);
  return summary;
}

static int keep_results(void* target, const stage3_result* result) {
  const stage3_result** kept = *(const stage3_result***)target;
  *kept = stage3_result_ref(result);
  ++*(const stage3_result***)target;
  return 0;
}

static void check_refused(const stage3_result* result, const char* address) {
  stage3_device_error cause = STAGE3_DEVICE_ERROR_INIT;
  CHECK_TEXT(stage3_result_mac(result), "A8032A000001");
  CHECK_TEXT(stage3_result_address(result), address);
  CHECK_TEXT(stage3_result_key(result), "the key");
  CHECK_TEXT(stage3_result_model(result), "S1");
  CHECK(stage3_result_outcome(result) == STAGE3_OUTCOME_OFFLINE);
  CHECK(stage3_result_ota_status(result) == STAGE3_OTA_OFFLINE);
  CHECK(stage3_result_friendly_status(result) == STAGE3_FRIENDLY_NONE);
  CHECK_TEXT(stage3_result_fw(result), "");
  CHECK_TEXT(stage3_result_update(result), "");
  CHECK_TEXT(stage3_result_update_build(result), "");
  CHECK_TEXT(stage3_result_held(result), "");
  CHECK(stage3_result_ota(result) == NULL);
  CHECK(stage3_result_failing_since(result) == stage3_result_finished_at(result));
  CHECK(stage3_result_device_name(result) == NULL);
  CHECK(stage3_result_flags(result) == 0);
  CHECK(stage3_result_finished_at(result) > 1500000000);
  CHECK(stage3_result_last_seen(result) == 0);

  /* It answers the ping, if this process may send one; else being offline has no error. */
  if (geteuid() != 0 && stage3_result_error_count(result) == 0) return;
  REQUIRE(stage3_result_error_count(result) == 1);
  CHECK(stage3_result_error(result, 0, &cause, NULL) == 0);
  CHECK(cause.part == STAGE3_PART_REACH);
  CHECK(cause.cause == STAGE3_CAUSE_REFUSED);
  CHECK_TEXT(cause.error_id, "reach.refused");
  CHECK_TEXT(stage3_result_error_short(result, 0), "reach: refused, ping ok");
  CHECK_TEXT(stage3_result_error_short(result, 1), "");
  CHECK_TEXT(stage3_result_error_id(result), "reach.refused");
  CHECK(cause.http_status == 0 && cause.rpc_code == 0);
  CHECK(strncmp(cause.text, "reach: ", 7) == 0);
  CHECK_TEXT(stage3_result_error_text(result), cause.text);
  CHECK(strstr(stage3_result_json(result), "\"outcome\":\"offline\"") != NULL);
  CHECK(stage3_result_json(result) == stage3_result_json(result));

  CHECK(stage3_result_error(result, 1, &cause, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_result_error(result, 0, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_result_error(NULL, 0, &cause, NULL) == STAGE3_E_INVALID_ARGUMENT);
}

static void results_outlive_everything(void) {
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  char* address = refused_address();
  const char* const aliases[] = {"a8:03:2a:00:00:f1"};
  stage3_device device = make_device("a8-03-2a-00-00-01", address);
  const stage3_result* result = NULL;
  const stage3_result** next = &result;
  callbacks.on_result = keep_results;
  callbacks.user = (void*)&next;
  device.key = "the key";
  device.model = "S1";
  device.aliases = aliases;
  device.alias_count = 1;
  device.user = &device;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
  stage3_config_free(config);

  REQUIRE(result != NULL);
  check_refused(result, address);
  CHECK(stage3_result_user(result) == &device);
  CHECK(stage3_result_ref(result) == result);
  stage3_result_unref(result);
  CHECK_TEXT(stage3_result_mac(result), "A8032A000001");
  stage3_result_unref(result);
  stage3_result_unref(NULL);
  free(address);
}

static void a_run_needs_no_callbacks(void) {
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  char* address = refused_address();
  CHECK(stage3_runner_new(config, NULL, STAGE3_RUN_DRY, &runner, NULL) == 0);
  add_devices(runner, 2, address);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(summary_of(runner).offline == 2);
  CHECK(stage3_runner_cancelled(runner) == 0);
  stage3_runner_free(runner);
  stage3_config_free(config);
  free(address);
}

static void an_idle_runner_takes_more(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  char* address = refused_address();
  CHECK(stage3_runner_work(runner, NULL) == 0);
  for (int round = 1; round <= 3; ++round) {
    add_devices(runner, 2, address);
    CHECK(stage3_runner_work(runner, NULL) == 0);
    CHECK(counts.results == 2 * round);
  }
  CHECK(summary_of(runner).total == 6);
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 1);
  free(address);
}

static void unusable_devices_are_refused_or_told(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  stage3_error error = STAGE3_ERROR_INIT;
  const struct {
    const char* mac;
    const char* address;
  } unusable[] = {{NULL, "127.0.0.1"},
                  {"A8032A000001", NULL},
                  {"A8032A00000", "127.0.0.1"},
                  {"A8032A000001", "shelly.local"},
                  {"A8032A000001", "127.0.0.1:0"}};
  for (size_t i = 0; i < sizeof unusable / sizeof *unusable; ++i) {
    const stage3_device device = make_device(unusable[i].mac, unusable[i].address);
    CHECK(stage3_runner_add(runner, &device, &error) == STAGE3_E_INVALID_ARGUMENT);
    CHECK(strncmp(error.message, "device: ", 8) == 0);
  }
  /* The last one is an address but for its port. */
  CHECK(
      strcmp(error.message,
             "device: address: '127.0.0.1:0' has a port that is none: 1 to 65535, without leading "
             "zeros") == 0);
  stage3_device device = make_device("A8032A000001", "127.0.0.1");
  device.alias_count = 1;
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  device.alias_count = 0;
  device.flags = 2;
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(summary_of(runner).total == 0);

  device = make_device(NULL, NULL);
  device.key = "bad";
  device.defect = "no address";
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(counts.outcomes[STAGE3_OUTCOME_FAILED] == 1);
  stage3_runner_free(runner);
}

static void a_store_is_added_by_what_is_on_record(void) {
  directory dir = make_directory();
  tally counts = {0, {0}, 0};
  stage3_config* config = make_config(&dir, "s.json");
  stage3_runner* runner = make_runner(&counts);
  stage3_store* store = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  const char* terms[] = {"status=failed,offline", "site=Haus*"};
  write_file(&dir, "s.json",
             "{\"A8032A000001\": {\"ip\": \"127.0.0.1:81\", \"site\": \"Haus 1\"},\n"
             " \"A8032A000002\": {\"ip\": \"127.0.0.1:82\", \"site\": \"Haus 2\","
             "   \"stage3\": {\"ota_status\": \"offline\"}},\n"
             " \"A8032A000003\": {\"ip\": \"127.0.0.2:81\","
             "   \"stage3\": {\"ota_status\": \"check_failed\"}}}");
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  CHECK(stage3_runner_add_selected(runner, store, terms, 1, NULL) == 2);
  CHECK(stage3_runner_add_selected(runner, store, terms, 2, NULL) == 1);
  CHECK(stage3_runner_add_selected(runner, store, NULL, 0, NULL) == 3);
  terms[0] = "status=ok";
  CHECK(stage3_runner_add_selected(runner, store, terms, 1, &error) == 0);
  terms[0] = "status=faild";
  CHECK(stage3_runner_add_selected(runner, store, terms, 1, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "did you mean 'failed'?") != NULL);
  terms[0] = NULL;
  CHECK(stage3_runner_add_selected(runner, store, terms, 1, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add_selected(runner, store, NULL, 1, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add_selected(runner, NULL, NULL, 0, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add_selected(NULL, store, NULL, 0, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(summary_of(runner).total == 6);
  stage3_runner_free(runner);
  stage3_store_free(store);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void a_store_is_added_whole_or_by_address(void) {
  directory dir = make_directory();
  tally counts = {0, {0}, 0};
  stage3_config* config = make_config(&dir, "s.json");
  stage3_runner* runner = make_runner(&counts);
  stage3_store* store = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  const char* addresses[] = {"127.0.0.1", "127.0.0.2:82"};
  write_file(&dir, "s.json",
             "{\"A8032A000001\": {\"ip\": \"127.0.0.1:81\"},\n"
             " \"A8032A000002\": {\"ip\": \"127.0.0.1:82\"},\n"
             " \"A8032A000003\": {\"ip\": \"127.0.0.2:81\"},\n"
             " \"A8032A000004\": {\"ip\": \"127.0.0.2:82\"}}");
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  CHECK(stage3_runner_add_store(runner, store, NULL, 0, NULL) == 4);
  CHECK(stage3_runner_add_store(runner, store, addresses, 2, NULL) == 3);
  CHECK(stage3_runner_add_store(runner, store, addresses, 0, NULL) == 0);
  addresses[1] = "127.0.0.3";
  CHECK(stage3_runner_add_store(runner, store, addresses, 2, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "127.0.0.3") != NULL);
  addresses[1] = "shelly.local";
  CHECK(stage3_runner_add_store(runner, store, addresses, 2, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "shelly.local") != NULL);
  addresses[1] = NULL;
  CHECK(stage3_runner_add_store(runner, store, addresses, 2, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add_store(runner, NULL, NULL, 0, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add_store(NULL, store, NULL, 0, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(summary_of(runner).total == 7);
  stage3_runner_free(runner);
  CHECK(counts.results == 0);
  stage3_store_free(store);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void cancelled_devices_are_told(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  add_devices(runner, 50, "127.0.0.1:1");
  CHECK(stage3_runner_cancel(runner) == 0);
  CHECK(stage3_runner_cancel(runner) == 0);
  CHECK(stage3_runner_cancelled(runner) == 1);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(counts.outcomes[STAGE3_OUTCOME_CANCELLED] == 50);
  CHECK(summary_of(runner).cancelled == 50);
  stage3_runner_free(runner);
}

static void removed_devices_are_told_as_cancelled(void) {
  tally counts = {0, {0}, 0};
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_runner* runner = make_runner(&counts);
  char* address = refused_address();
  stage3_device device = make_device("A8:03:2A:BE:54:DC", address);
  const char* alias = "a8-03-2a-be-54-dc";
  add_devices(runner, 3, address);
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  device.mac = "A8032AFFFFFF";
  device.aliases = &alias;
  device.alias_count = 1;
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  device = make_device(NULL, NULL);
  device.defect = "cannot be used";
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);

  CHECK(stage3_runner_remove(runner, "a8032abe54dc", NULL) == 2);
  CHECK(stage3_runner_remove(runner, "A8032ABE54DC", NULL) == 0);
  CHECK(stage3_runner_remove(runner, "000000000000", NULL) == 0);
  CHECK(stage3_runner_remove(runner, "A8032A", &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "mac: 'A8032A' is not a MAC address");
  CHECK(stage3_runner_remove(runner, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(counts.results == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(counts.results == 6);
  CHECK(counts.outcomes[STAGE3_OUTCOME_CANCELLED] == 2);
  CHECK(summary_of(runner).cancelled == 2);
  CHECK(summary_of(runner).total == 6);
  CHECK(stage3_runner_remove(runner, "A8032A000001", NULL) == 0);
  stage3_runner_free(runner);
  free(address);
}

/* The callback of the first result holds changes: nobody is begun until the host lets go. */
typedef struct holder {
  tally counts;
  stage3_runner* runner;
} holder;

static int hold_on_result(void* user, const stage3_result* result) {
  holder* const own = user;
  CHECK(stage3_runner_hold_changes(own->runner, 1, NULL) == 0);
  return count_result(&own->counts, result);
}

static void changes_are_held_until_the_host_lets_go(void) {
  holder own = {{0, {0}, 0}, NULL};
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_worker* worker = NULL;
  stage3_config* config = default_config();
  char* const address = refused_address();
  callbacks.user = &own;
  callbacks.on_result = hold_on_result;
  REQUIRE(stage3_config_set(config, "concurrency", "1", NULL) == 0);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &own.runner, NULL) == 0);
  REQUIRE(stage3_worker_new(own.runner, &worker, NULL) == 0);
  add_devices(own.runner, 2, address);
  while (own.counts.results == 0)
    REQUIRE(stage3_worker_step(worker, 1000, NULL) > 0);
  for (int i = 0; i < 20; ++i)
    CHECK(stage3_worker_step(worker, 10, NULL) == 1);
  CHECK(own.counts.results == 1);
  CHECK(stage3_runner_hold_changes(own.runner, 0, NULL) == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(own.counts.results == 2);
  CHECK(stage3_runner_hold_changes(NULL, 1, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_worker_free(worker);
  stage3_runner_free(own.runner);
  stage3_config_free(config);
  free(address);
}

static void* work(void* runner) {
  CHECK(stage3_runner_work(runner, NULL) == 0);
  return NULL;
}

static void two_threads_share_the_devices(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  char* address = refused_address();
  pthread_t threads[2];
  add_devices(runner, 80, address);
  for (int i = 0; i < 2; ++i)
    REQUIRE(pthread_create(&threads[i], NULL, work, runner) == 0);
  for (int i = 0; i < 2; ++i)
    pthread_join(threads[i], NULL);
  CHECK(counts.results == 80);
  CHECK(summary_of(runner).offline == 80);
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 1);
  free(address);
}

static void a_bad_secrets_file_prevents_the_run(void) {
  directory dir = make_directory();
  stage3_config* config = default_config();
  tally counts = {0, {0}, 0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_runner* runner = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  REQUIRE(stage3_config_set(config, "auth.secrets_file",
                            write_file(&dir, "secrets.yaml", "shelly: 1\n"), NULL) == 0);
  CHECK(stage3_runner_new(config, &callbacks, 0, &runner, &error) == STAGE3_E_CONFIG);
  CHECK(strstr(error.message, "secrets.yaml") != NULL);
  CHECK(runner == NULL);
  CHECK(counts.destroyed == 0);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void the_working_directory_may_change(void) {
  directory dir = make_directory();
  char before[4096];
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  const char* value = NULL;
  REQUIRE(getcwd(before, sizeof before) != NULL);
  REQUIRE(chdir(dir.path) == 0);
  REQUIRE(chmod(write_file(&dir, "secrets.yaml", "shelly: {password: x}\n"), 0600) == 0);
  CHECK(stage3_config_set(config, "auth.secrets_file", "secrets.yaml", NULL) == 0);
  REQUIRE(chdir("/") == 0);
  CHECK(stage3_config_set(config, "concurrency", "3", NULL) == 0);
  CHECK(stage3_runner_new(config, NULL, 0, &runner, NULL) == 0);
  CHECK(stage3_config_get(config, "auth.secrets_file", &value, NULL) == 0);
  CHECK_TEXT(value, "secrets.yaml");
  stage3_runner_free(runner);
  runner = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_config_set(config, "auth.secrets_file", "secrets.yaml", NULL) == 0);
  CHECK(stage3_runner_new(config, NULL, 0, &runner, &error) == STAGE3_E_CONFIG);
  CHECK_TEXT(error.path, "/secrets.yaml");
  REQUIRE(chdir(before) == 0);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void null_is_refused(void) {
  tally counts = {0, {0}, 0};
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_runner_new(NULL, NULL, 0, &runner, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_new(config, NULL, 0, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_new(config, NULL, 4, &runner, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_add(NULL, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_work(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_cancel(NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_remove(NULL, "A8032A000001", NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_cancelled(NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_summary(NULL, &summary, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(runner == NULL);
  stage3_runner_free(NULL);

  runner = make_runner(&counts);
  CHECK(stage3_runner_add(runner, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_summary(runner, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_runner_free(runner);
  CHECK(counts.destroyed == 1);
  stage3_config_free(config);
}

const test_case runner_tests[] = {
    {"results outlive everything", results_outlive_everything},
    {"a run needs no callbacks", a_run_needs_no_callbacks},
    {"an idle runner takes more devices", an_idle_runner_takes_more},
    {"unusable devices are refused or told", unusable_devices_are_refused_or_told},
    {"a store is added by what is on record", a_store_is_added_by_what_is_on_record},
    {"a store is added whole or by address", a_store_is_added_whole_or_by_address},
    {"cancelled devices are told", cancelled_devices_are_told},
    {"removed devices are told as cancelled", removed_devices_are_told_as_cancelled},
    {"two threads share the devices", two_threads_share_the_devices},
    {"changes are held until the host lets go", changes_are_held_until_the_host_lets_go},
    {"a bad secrets file prevents the run", a_bad_secrets_file_prevents_the_run},
    {"the working directory may change", the_working_directory_may_change},
    {"runner functions refuse NULL", null_is_refused},
    {NULL, NULL}};
