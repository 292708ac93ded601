/* Callers built with an older or a newer header. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "support.h"

static int new_runner(const stage3_callbacks* callbacks, stage3_error* error) {
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  const int code = stage3_runner_new(config, callbacks, 0, &runner, error);
  CHECK((runner != NULL) == (code == 0));
  stage3_runner_free(runner);
  stage3_config_free(config);
  return code;
}

static void errors_fit_their_buffers(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_config* config = NULL;
  char path[4001];
  memset(path, 'a', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  for (size_t i = 0; i + 1 < sizeof path - 1; i += 2)
    memcpy(path + i, "\xc3\xbc", 2);
  CHECK(stage3_config_load(path, &config, &error) == STAGE3_E_CONFIG);
  const size_t length = strlen(error.message);
  CHECK(length >= sizeof error.message - 2 && length < sizeof error.message);
  CHECK((unsigned char)error.message[length - 1] == 0xbc);
}

static void errors_that_are_not_set_up_are_left_alone(void) {
  const size_t unusable[] = {0, 8, sizeof(stage3_error) - 8};
  for (size_t i = 0; i < sizeof unusable / sizeof *unusable; ++i) {
    stage3_error error;
    stage3_error before;
    memset(&error, 0x55, sizeof error);
    error.struct_size = unusable[i];
    before = error;
    CHECK(stage3_config_new(NULL, &error) == STAGE3_E_INVALID_ARGUMENT);
    CHECK(memcmp(&error, &before, sizeof error) == 0);
  }
}

static void success_leaves_the_error_alone(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_config* config = NULL;
  CHECK(stage3_config_new(NULL, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_new(&config, &error) == 0);
  CHECK(error.code == STAGE3_E_INVALID_ARGUMENT);
  stage3_config_free(config);
}

typedef struct newer_error {
  stage3_error known;
  size_t added;
} newer_error;

static void newer_errors_are_filled_as_far_as_they_are_known(void) {
  newer_error error = {STAGE3_ERROR_INIT, 7};
  error.known.struct_size = sizeof error;
  CHECK(stage3_config_new(NULL, &error.known) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(error.known.code == STAGE3_E_INVALID_ARGUMENT);
  CHECK(error.known.struct_size == sizeof error);
  CHECK(error.added == 7);
}

static void older_callbacks_miss_what_came_later(void) {
  tally counts = {0, {0}, 0};
  stage3_callbacks callbacks = counting(&counts);
  char* address = refused_address();
  stage3_config* config = default_config();
  stage3_runner* runner = NULL;
  callbacks.struct_size = offsetof(stage3_callbacks, on_event);
  CHECK(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  add_devices(runner, 1, address);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
  CHECK(counts.results == 1);
  CHECK(counts.destroyed == 0); /* such a caller has not set it */
  stage3_config_free(config);
  free(address);
}

typedef struct newer_callbacks {
  stage3_callbacks known;
  void (*added)(void);
} newer_callbacks;

static void added_callback(void) {}

static void newer_callbacks_must_be_known_or_zero(void) {
  newer_callbacks callbacks = {STAGE3_CALLBACKS_INIT, NULL};
  stage3_error error = STAGE3_ERROR_INIT;
  callbacks.known.struct_size = sizeof callbacks;
  CHECK(new_runner(&callbacks.known, NULL) == 0);
  callbacks.added = added_callback;
  CHECK(new_runner(&callbacks.known, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "does not know") != NULL);
}

static void sizes_that_no_version_has_are_refused(void) {
  const size_t impossible[] = {0, 1, sizeof(size_t) + 1, sizeof(stage3_callbacks) - 1, 1 << 20};
  for (size_t i = 0; i < sizeof impossible / sizeof *impossible; ++i) {
    stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
    stage3_error error = STAGE3_ERROR_INIT;
    callbacks.struct_size = impossible[i];
    CHECK(new_runner(&callbacks, &error) == STAGE3_E_INVALID_ARGUMENT);
    CHECK(strstr(error.message, "struct_size") != NULL);
  }
}

typedef struct newer_device {
  stage3_device known;
  const char* added;
} newer_device;

static void devices_come_in_all_sizes(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  newer_device device = {STAGE3_DEVICE_INIT, NULL};
  device.known.mac = "A8032A000001";
  device.known.address = "127.0.0.1:1";
  CHECK(stage3_runner_add(runner, &device.known, NULL) == 0);
  device.known.struct_size = sizeof device;
  CHECK(stage3_runner_add(runner, &device.known, NULL) == 0);
  device.added = "unknown";
  CHECK(stage3_runner_add(runner, &device.known, NULL) == STAGE3_E_INVALID_ARGUMENT);

  device.known.site = (const char*)1; /* beyond what the caller says it has: not looked at */
  device.known.struct_size = offsetof(stage3_device, site);
  CHECK(stage3_runner_add(runner, &device.known, NULL) == 0);
  device.known.model = (const char*)1;
  device.known.struct_size = offsetof(stage3_device, model);
  CHECK(stage3_runner_add(runner, &device.known, NULL) == 0);
  device.known.struct_size = 0;
  CHECK(stage3_runner_add(runner, &device.known, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_runner_free(runner);
}

typedef struct newer_summary {
  stage3_summary known;
  size_t added;
} newer_summary;

static void summaries_come_in_all_sizes(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* runner = make_runner(&counts);
  newer_summary summary = {STAGE3_SUMMARY_INIT, 7};
  add_devices(runner, 3, "127.0.0.1:1");
  summary.known.struct_size = sizeof summary;
  CHECK(stage3_runner_summary(runner, &summary.known, NULL) == 0);
  CHECK(summary.known.total == 3);
  CHECK(summary.added == 0);
  CHECK(summary.known.struct_size == sizeof summary);

  summary.known.struct_size = offsetof(stage3_summary, ok);
  summary.known.ok = 7;
  CHECK(stage3_runner_summary(runner, &summary.known, NULL) == 0);
  CHECK(summary.known.ok == 7); /* not there for an older caller */
  summary.known.struct_size = 0;
  CHECK(stage3_runner_summary(runner, &summary.known, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_runner_free(runner);
}

typedef struct newer_device_error {
  stage3_device_error known;
  size_t added;
} newer_device_error;

static void device_errors_come_in_all_sizes(void) {
  const stage3_result* result = failed_result();
  newer_device_error error = {STAGE3_DEVICE_ERROR_INIT, 7};
  error.known.struct_size = sizeof error;
  CHECK(stage3_result_error(result, 0, &error.known, NULL) == 0);
  CHECK(error.known.part == STAGE3_PART_ENTRY);
  CHECK(error.known.cause == STAGE3_CAUSE_BAD_VALUE);
  CHECK_TEXT(error.known.error_id, "entry.bad_value");
  CHECK(error.added == 0);
  CHECK(error.known.struct_size == sizeof error);

  error.known.part = 99;
  error.known.struct_size = offsetof(stage3_device_error, part);
  CHECK(stage3_result_error(result, 0, &error.known, NULL) == 0);
  CHECK(strncmp(error.known.text, "entry: ", 7) == 0);
  CHECK(error.known.part == 99); /* not there for an older caller */
  error.known.struct_size = 0;
  CHECK(stage3_result_error(result, 0, &error.known, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_result_unref(result);
}

static void devices_of_a_store_come_in_all_sizes(void) {
  directory dir = make_directory();
  stage3_config* config = make_config(&dir, "s.json");
  stage3_store* store = NULL;
  newer_device device = {STAGE3_DEVICE_INIT, "set"};
  write_file(&dir, "s.json", "{\"A8032A000001\": {\"ip\": \"127.0.0.1\", \"model\": \"S1\"}}");
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  device.known.struct_size = sizeof device;
  CHECK(stage3_store_device(store, 0, &device.known, NULL) == 0);
  CHECK_TEXT(device.known.model, "S1");
  CHECK(device.added == NULL);
  CHECK(device.known.struct_size == sizeof device);

  device.known.model = "untouched";
  device.known.struct_size = offsetof(stage3_device, model);
  CHECK(stage3_store_device(store, 0, &device.known, NULL) == 0);
  CHECK_TEXT(device.known.address, "127.0.0.1");
  CHECK_TEXT(device.known.model, "untouched");
  device.known.struct_size = 0;
  CHECK(stage3_store_device(store, 0, &device.known, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_store_free(store);
  stage3_config_free(config);
  remove_directory(&dir);
}

typedef struct newer_on_record {
  stage3_on_record known;
  const char* added;
} newer_on_record;

static void what_is_on_record_comes_in_all_sizes(void) {
  tally counts = {0, {0}, 0};
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_runner* const runner = make_runner(&counts);
  stage3_device device = make_device("A8032A000001", "127.0.0.1:1");
  newer_on_record on_record = {STAGE3_ON_RECORD_INIT, NULL};
  device.on_record = &on_record.known;
  on_record.known.struct_size = sizeof on_record;
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  on_record.added = "unknown";
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);

  on_record.known.tls_key = (const char*)1; /* beyond what the caller says it has: not looked at */
  on_record.known.tls_port = 70000;
  on_record.known.struct_size = offsetof(stage3_on_record, tls_key);
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  on_record.known.struct_size = offsetof(stage3_on_record, tls_port);
  on_record.known.tls_key = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  CHECK(stage3_runner_add(runner, &device, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: tls_port must be 1 to 65535");
  stage3_runner_free(runner);
}

const test_case struct_tests[] = {
    {"errors fit their buffers", errors_fit_their_buffers},
    {"errors that are not set up are left alone", errors_that_are_not_set_up_are_left_alone},
    {"success leaves the error alone", success_leaves_the_error_alone},
    {"newer errors are filled as far as they are known",
     newer_errors_are_filled_as_far_as_they_are_known},
    {"older callbacks miss what came later", older_callbacks_miss_what_came_later},
    {"newer callbacks must be known or zero", newer_callbacks_must_be_known_or_zero},
    {"sizes that no version has are refused", sizes_that_no_version_has_are_refused},
    {"devices come in all sizes", devices_come_in_all_sizes},
    {"summaries come in all sizes", summaries_come_in_all_sizes},
    {"device errors come in all sizes", device_errors_come_in_all_sizes},
    {"devices of a store come in all sizes", devices_of_a_store_come_in_all_sizes},
    {"what is on record comes in all sizes", what_is_on_record_comes_in_all_sizes},
    {NULL, NULL}};
