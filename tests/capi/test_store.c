#include <stdio.h>
#include <string.h>

#include "check.h"
#include "support.h"

static const char kState[] =
    "{\n"
    "  \"a8:03:2a:00:00:01\": {\"ip\": \"127.0.0.1:1\", \"model\": \"S1\", \"friendly_name\": "
    "\"Flur\", \"mac_aliases\": [\"A8032A0000F1\", \"A8032A0000F2\"]},\n"
    "  \"A8032A000002\": {\"ip\": \"127.0.0.2\", \"friendly_name\": 12},\n"
    "  \"A8032A000003\": {\"ip\": \"shelly.local\"}\n"
    "}\n";

static stage3_store* load(directory* dir, const char* state) {
  stage3_config* config = make_config(dir, "s.json");
  stage3_store* store = NULL;
  write_file(dir, "s.json", state);
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  stage3_config_free(config);
  return store;
}

static void devices_are_listed(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_device device = STAGE3_DEVICE_INIT;
  CHECK(stage3_store_device_count(store) == 3);
  CHECK(strstr(stage3_store_path(store), "/s.json") != NULL);

  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  CHECK_TEXT(device.key, "a8:03:2a:00:00:01");
  CHECK_TEXT(device.mac, "A8032A000001");
  CHECK_TEXT(device.address, "127.0.0.1:1");
  CHECK_TEXT(device.model, "S1");
  CHECK_TEXT(device.wanted_name, "Flur");
  REQUIRE(device.alias_count == 2);
  CHECK_TEXT(device.aliases[1], "A8032A0000F2");
  CHECK(device.defect == NULL && device.flags == 0);

  CHECK(stage3_store_device(store, 1, &device, NULL) == 0);
  CHECK_TEXT(device.address, "127.0.0.2");
  CHECK(device.model == NULL && device.wanted_name == NULL && device.aliases == NULL);
  CHECK(device.flags == STAGE3_DEVICE_BAD_WANTED_NAME);

  CHECK(stage3_store_device(store, 2, &device, NULL) == 0);
  CHECK(device.mac == NULL && device.defect != NULL);
  CHECK_TEXT(device.address, "shelly.local");
  stage3_store_free(store);
  remove_directory(&dir);
}

static int take_first(void* target, const stage3_result* result) {
  const stage3_result** kept = target;
  *kept = stage3_result_ref(result);
  return 0;
}

/* The result of a run on one device; the caller's to let go. */
static const stage3_result* result_of(const stage3_device* device) {
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  const stage3_result* result = NULL;
  callbacks.on_result = take_first;
  callbacks.user = (void*)&result;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  REQUIRE(stage3_runner_add(runner, device, NULL) == 0);
  REQUIRE(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
  stage3_config_free(config);
  REQUIRE(result != NULL);
  return result;
}

static int note(void* text, int kind, const char* told) {
  snprintf(text, 200, "%d %s", kind, told);
  return 1;
}

static void results_are_recorded_and_saved(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_device device = STAGE3_DEVICE_INIT;
  char told[200] = "";
  CHECK(stage3_store_check_writable(store, NULL) == 0);
  CHECK(stage3_store_save(store, note, told, NULL) == 0);

  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  const stage3_result* result = result_of(&device);
  CHECK(stage3_store_record(store, result, NULL) == 0);
  CHECK(stage3_store_save(store, NULL, NULL, NULL) == 1);
  CHECK(file_holds(&dir, "s.json", "\"ota_status\""));
  CHECK(file_holds(&dir, "s.json", "offline"));
  CHECK(file_holds(&dir, "s.json.bak", "Flur"));
  CHECK(!file_holds(&dir, "s.json.bak", "offline"));

  write_file(&dir, "s.json", "{\"A8032A0000FF\": {}}");
  CHECK(stage3_store_record(store, result, NULL) == 0);
  CHECK(stage3_store_save(store, note, told, NULL) >= 0);
  CHECK_TEXT(told, "2 a8:03:2a:00:00:01");
  stage3_result_unref(result);
  stage3_store_free(store);
  remove_directory(&dir);
}

static void results_of_strangers_are_refused(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_error error = STAGE3_ERROR_INIT;
  const stage3_device device = make_device("A8032A0000FF", "127.0.0.1:1");
  const stage3_result* result = result_of(&device);
  CHECK(stage3_store_record(store, result, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "A8032A0000FF") != NULL);
  stage3_result_unref(result);
  stage3_store_free(store);
  remove_directory(&dir);
}

static void unreadable_files_are_refused(void) {
  directory dir = make_directory();
  stage3_config* config = make_config(&dir, "s.json");
  stage3_store* store = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_store_load(config, &store, &error) == STAGE3_E_STATE_READ);
  CHECK(stage3_store_check(config, NULL, NULL, NULL) == STAGE3_E_STATE_READ);
  write_file(&dir, "s.json", "{\n  \"A8032A000001\": [\n}\n");
  CHECK(stage3_store_load(config, &store, &error) == STAGE3_E_STATE_READ);
  CHECK(error.line == 3);
  CHECK(store == NULL);
  stage3_config_free(config);
  remove_directory(&dir);
}

typedef struct problems {
  int count;
  int line;
  int fatal;
} problems;

static int take_problem(void* target, int line, int column, int fatal, const char* message) {
  problems* told = target;
  CHECK(column > 0 && message[0] != '\0');
  ++told->count;
  told->line = line;
  told->fatal = fatal;
  return 0;
}

static void problems_are_told(void) {
  directory dir = make_directory();
  stage3_config* config = make_config(&dir, "s.json");
  problems told = {0, 0, 0};
  write_file(&dir, "s.json", "{\"A8032A000001\": {\"ip\": \"127.0.0.1\"}}");
  CHECK(stage3_store_check(config, take_problem, &told, NULL) == 0);
  CHECK(told.count == 0);
  write_file(&dir, "s.json", "{\n\"A8032A000003\": {\"ip\": \"shelly.local\"}}");
  CHECK(stage3_store_check(config, take_problem, &told, NULL) == 1);
  CHECK(told.count == 1 && told.line == 2 && told.fatal == 0);
  write_file(&dir, "s.json", "[");
  CHECK(stage3_store_check(config, take_problem, &told, NULL) == 2);
  CHECK(told.count == 2 && told.fatal == 1);
  stage3_config_free(config);
  remove_directory(&dir);
}

static void a_lost_file_cannot_be_written(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_error error = STAGE3_ERROR_INIT;
  remove_directory(&dir);
  CHECK(stage3_store_check_writable(store, &error) == STAGE3_E_STATE_WRITE);
  CHECK(strstr(error.message, "cannot write state file ") != NULL);

  stage3_device device = STAGE3_DEVICE_INIT;
  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  const stage3_result* result = result_of(&device);
  CHECK(stage3_store_record(store, result, NULL) == 0);
  CHECK(stage3_store_save(store, NULL, NULL, &error) == STAGE3_E_STATE_WRITE);
  stage3_result_unref(result);
  stage3_store_free(store);
}

static void null_is_refused(void) {
  directory dir = make_directory();
  stage3_store* store = NULL;
  stage3_config* config = default_config();
  stage3_device device = STAGE3_DEVICE_INIT;
  CHECK(stage3_store_load(NULL, &store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_load(config, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_check(NULL, NULL, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_device(NULL, 0, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_check_writable(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_record(NULL, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_save(NULL, NULL, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_store_free(NULL);

  store = load(&dir, kState);
  CHECK(stage3_store_device(store, 3, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_device(store, 0, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_record(store, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  device.struct_size = 0;
  CHECK(stage3_store_device(store, 0, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_store_free(store);
  stage3_config_free(config);
  remove_directory(&dir);
}

const test_case store_tests[] = {
    {"devices of a state file are listed", devices_are_listed},
    {"results are recorded and saved", results_are_recorded_and_saved},
    {"results of strangers are refused", results_of_strangers_are_refused},
    {"unreadable state files are refused", unreadable_files_are_refused},
    {"problems of a state file are told", problems_are_told},
    {"a lost state file cannot be written", a_lost_file_cannot_be_written},
    {"store functions refuse NULL", null_is_refused},
    {NULL, NULL}};
