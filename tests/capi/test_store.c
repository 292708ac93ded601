#include <stdio.h>
#include <string.h>

#include "check.h"
#include "support.h"

static const char kState[] =
    "{\n"
    "  \"a8:03:2a:00:00:01\": {\"ip\": \"127.0.0.1:1\", \"model\": \"S1\", \"friendly_name\": "
    "\"Flur\", \"mac_aliases\": [\"A8032A0000F1\", \"A8032A0000F2\"], \"site\": \"Haus 1\"},\n"
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
  CHECK_TEXT(device.site, "Haus 1");
  REQUIRE(device.alias_count == 2);
  CHECK_TEXT(device.aliases[1], "A8032A0000F2");
  CHECK(device.defect == NULL && device.flags == 0);

  CHECK(stage3_store_device(store, 1, &device, NULL) == 0);
  CHECK_TEXT(device.address, "127.0.0.2");
  CHECK(device.model == NULL && device.wanted_name == NULL && device.aliases == NULL);
  CHECK(device.site == NULL);
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

static stage3_update_record a_sent_update(void) {
  stage3_update_record record = STAGE3_UPDATE_RECORD_INIT;
  record.state = STAGE3_UPDATE_SENT;
  record.to = "1.7.5";
  record.sent_at = 1764000000;
  return record;
}

static void an_update_is_written_down_and_taken_out(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_device device = STAGE3_DEVICE_INIT;
  stage3_update_record record = a_sent_update();
  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  CHECK(stage3_store_record_update(store, device.key, &record, NULL) == 0);
  CHECK(stage3_store_save(store, NULL, NULL, NULL) == 1);
  CHECK(file_holds(&dir, "s.json", "\"sent_at\": \"2025-11-24T16:00:00Z\""));
  CHECK(file_holds(&dir, "s.json", "\"attempts\": 1"));
  CHECK(!file_holds(&dir, "s.json", "\"ota_status\""));
  record.state = STAGE3_UPDATE_NONE;
  CHECK(stage3_store_record_update(store, device.key, &record, NULL) == 0);
  CHECK(stage3_store_save(store, NULL, NULL, NULL) == 1);
  CHECK(!file_holds(&dir, "s.json", "sent_at"));
  stage3_store_free(store);
  remove_directory(&dir);
}

static void a_record_that_says_nothing_is_refused(void) {
  directory dir = make_directory();
  stage3_store* store = load(&dir, kState);
  stage3_device device = STAGE3_DEVICE_INIT;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  stage3_update_record wrong[6];
  for (size_t i = 0; i < 6; ++i)
    wrong[i] = a_sent_update();
  wrong[0].to = NULL;
  wrong[1].sent_at = 0;
  wrong[2].state = STAGE3_UPDATE_UNREADABLE;
  wrong[3].state = 99;
  wrong[4].attempts = -1;
  wrong[5].struct_size = 0;
  for (size_t i = 0; i < 6; ++i) {
    CHECK(stage3_store_record_update(store, device.key, &wrong[i], &error) ==
          STAGE3_E_INVALID_ARGUMENT);
    CHECK(strncmp(error.message, "record: ", 8) == 0);
  }
  const stage3_update_record right = a_sent_update();
  CHECK(stage3_store_record_update(store, device.key, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_record_update(store, NULL, &right, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_record_update(store, "A8032A0000FF", &right, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "A8032A0000FF") != NULL);
  CHECK(stage3_store_save(store, NULL, NULL, NULL) == 0);
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

static const char kKey[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static const char kOnRecord[] =
    "{\n"
    "  \"A8032A000001\": {\"ip\": \"127.0.0.1:1\", \"stage3\": {\"ota_status\": \"check_failed\", "
    "\"friendly_status\": \"skipped\", \"last_run\": \"2020-01-01T00:00:01Z\", \"last_seen\": "
    "\"2020-01-01T00:00:00Z\", \"fw\": \"1.4.4\", \"update\": \"1.7.5\", \"device_name\": \"\", "
    "\"error\": \"OTA: x\", \"error_id\": \"ota.rpc\", \"failing_since\": "
    "\"2019-12-31T23:59:59Z\", \"tls\": {\"port\": 8443, \"key\": "
    "\"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}}},\n"
    "  \"A8032A000002\": {\"ip\": \"127.0.0.1:2\", \"stage3\": {\"fw\": 7, \"error\": \"x\"}},\n"
    "  \"A8032A000003\": {\"ip\": \"127.0.0.1:3\", \"stage3\": {\"ota_status\": \"new\"}}\n"
    "}\n";

static stage3_store* parse(const char* json) {
  stage3_config* config = default_config();
  stage3_store* store = NULL;
  REQUIRE(stage3_store_parse(config, json, strlen(json), "part 1", &store, NULL) == 0);
  stage3_config_free(config);
  return store;
}

static void what_is_on_record_comes_with_the_device(void) {
  stage3_store* store = parse(kOnRecord);
  stage3_device device = STAGE3_DEVICE_INIT;
  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  REQUIRE(device.on_record != NULL);
  CHECK(device.on_record->struct_size == sizeof(stage3_on_record));
  CHECK(device.on_record->ota_status == STAGE3_OTA_CHECK_FAILED);
  CHECK(device.on_record->friendly_status == STAGE3_FRIENDLY_SKIPPED);
  CHECK(device.on_record->last_run == 1577836801);
  CHECK(device.on_record->last_seen == 1577836800);
  CHECK_TEXT(device.on_record->fw, "1.4.4");
  CHECK_TEXT(device.on_record->update, "1.7.5");
  CHECK_TEXT(device.on_record->device_name, "");
  CHECK_TEXT(device.on_record->error, "OTA: x");
  CHECK_TEXT(device.on_record->error_id, "ota.rpc");
  CHECK(device.on_record->failing_since == 1577836799);
  CHECK(device.on_record->reserved_2 == 0);
  CHECK_TEXT(device.on_record->tls_key, kKey);
  CHECK(device.on_record->tls_port == 8443);

  CHECK(stage3_store_device(store, 1, &device, NULL) == 0);
  REQUIRE(device.on_record != NULL);
  CHECK(device.on_record->ota_status == 0 && device.on_record->friendly_status == 0);
  CHECK(device.on_record->last_run == 0 && device.on_record->last_seen == 0);
  CHECK(device.on_record->fw == NULL && device.on_record->update == NULL);
  CHECK(device.on_record->device_name == NULL);
  CHECK_TEXT(device.on_record->error, "x");
  CHECK(device.on_record->error_id == NULL && device.on_record->failing_since == 0);
  CHECK(device.on_record->tls_key == NULL && device.on_record->tls_port == 0);

  CHECK(stage3_store_device(store, 2, &device, NULL) == 0);
  CHECK(device.on_record == NULL);
  stage3_store_free(store);
}

typedef struct seen_device {
  int count;
  int64_t last_run;
  char name[40];
  char key[60];
  size_t port;
  int64_t failing_since;
  char error_id[40];
} seen_device;

static int note_on_record(void* target, int kind, const stage3_device* device) {
  seen_device* seen = target;
  (void)kind;
  REQUIRE(device->on_record != NULL);
  ++seen->count;
  seen->last_run = device->on_record->last_run;
  snprintf(seen->name, sizeof seen->name, "%s", device->on_record->device_name);
  snprintf(seen->key, sizeof seen->key, "%s", device->on_record->tls_key);
  seen->port = device->on_record->tls_port;
  seen->failing_since = device->on_record->failing_since;
  snprintf(seen->error_id, sizeof seen->error_id, "%s", device->on_record->error_id);
  return 0;
}

static void what_is_on_record_can_be_handed_over(void) {
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  seen_device seen = {0, 0, "", "", 0, 0, ""};
  char name[] = "Flur";
  char key[sizeof kKey];
  stage3_on_record on_record = STAGE3_ON_RECORD_INIT;
  stage3_device device = make_device("A8032A000001", "127.0.0.1:1");
  callbacks.on_event = note_on_record;
  callbacks.user = &seen;
  on_record.last_run = 12;
  on_record.device_name = name;
  on_record.tls_key = memcpy(key, kKey, sizeof kKey);
  on_record.tls_port = 65535;
  on_record.failing_since = 11;
  on_record.error_id = "ota.rpc friendly.timeout";
  device.on_record = &on_record;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  on_record.ota_status = STAGE3_OTA_SKIPPED + 1;
  CHECK(stage3_runner_add(runner, &device, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: ota_status: no such value");
  on_record.ota_status = STAGE3_OTA_SKIPPED;
  on_record.friendly_status = -1;
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  on_record.friendly_status = STAGE3_FRIENDLY_SKIPPED;
  on_record.struct_size = 0;
  CHECK(stage3_runner_add(runner, &device, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: struct_size is not set");
  on_record.struct_size = sizeof on_record;
  on_record.reserved = 1;
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  on_record.reserved = 0;
  on_record.reserved_2 = 1;
  CHECK(stage3_runner_add(runner, &device, NULL) == STAGE3_E_INVALID_ARGUMENT);
  on_record.reserved_2 = 0;
  CHECK(stage3_runner_add(runner, &device, NULL) == 0);
  name[0] = key[0] = 'X'; /* it is a copy that the runner has */
  REQUIRE(stage3_runner_work(runner, NULL) == 0);
  CHECK(seen.count > 0 && seen.last_run == 12);
  CHECK_TEXT(seen.name, "Flur");
  CHECK_TEXT(seen.key, kKey);
  CHECK(seen.port == 65535);
  CHECK(seen.failing_since == 11);
  CHECK_TEXT(seen.error_id, "ota.rpc friendly.timeout");
  stage3_runner_free(runner);
  stage3_config_free(config);
}

static const char kUpdates[] =
    "{\"A8032A000001\": {\"ip\": \"127.0.0.1:1\", \"stage3\": {\"fw_id\": \"f\", \"app\": "
    "\"Plus1\", "
    "\"update_build\": \"u\", \"ota\": {\"state\": \"lost\", \"from\": \"1.4.4\", \"to\": "
    "\"1.7.5\", "
    "\"build\": \"b\", \"sent_at\": \"2020-01-01T00:00:00Z\", \"ended_at\": "
    "\"2020-01-01T00:00:01Z\", \"attempts\": 3, \"error\": \"gone\"}}},\n"
    "\"A8032A000002\": {\"ip\": \"127.0.0.1:2\", \"stage3\": {\"ota\": {\"state\": \"new\"}}},\n"
    "\"A8032A000003\": {\"ip\": \"127.0.0.1:3\", \"stage3\": {\"fw\": \"1.4.4\"}}}\n";

static void check_update(const stage3_update_record* record) {
  REQUIRE(record != NULL);
  CHECK(record->struct_size == sizeof *record && record->reserved == 0);
  CHECK(record->state == STAGE3_UPDATE_LOST && record->attempts == 3);
  CHECK(record->sent_at == 1577836800 && record->ended_at == 1577836801);
  CHECK_TEXT(record->from, "1.4.4");
  CHECK_TEXT(record->to, "1.7.5");
  CHECK_TEXT(record->build, "b");
  CHECK_TEXT(record->error, "gone");
}

static void the_record_of_an_update_comes_with_the_device(void) {
  stage3_store* store = parse(kUpdates);
  stage3_device device = STAGE3_DEVICE_INIT;
  CHECK(stage3_store_device(store, 0, &device, NULL) == 0);
  REQUIRE(device.on_record != NULL);
  CHECK_TEXT(device.on_record->fw_id, "f");
  CHECK_TEXT(device.on_record->app, "Plus1");
  CHECK_TEXT(device.on_record->update_build, "u");
  check_update(device.on_record->ota);

  CHECK(stage3_store_device(store, 1, &device, NULL) == 0);
  REQUIRE(device.on_record != NULL && device.on_record->ota != NULL);
  CHECK(device.on_record->ota->state == STAGE3_UPDATE_UNREADABLE);
  CHECK(device.on_record->ota->to == NULL && device.on_record->ota->sent_at == 0);
  CHECK(device.on_record->fw_id == NULL && device.on_record->app == NULL);
  CHECK(device.on_record->update_build == NULL);

  CHECK(stage3_store_device(store, 2, &device, NULL) == 0);
  CHECK(device.on_record->ota == NULL);
  stage3_store_free(store);
  CHECK_TEXT(stage3_update_state_word(STAGE3_UPDATE_SENT), "sent");
  CHECK_TEXT(stage3_update_state_word(STAGE3_UPDATE_LOST), "lost");
  for (int state = STAGE3_UPDATE_UNREADABLE; state < 12; ++state)
    CHECK_TEXT(stage3_update_state_word(state), "");
  CHECK_TEXT(stage3_update_state_word(STAGE3_UPDATE_NONE), "");
  CHECK_TEXT(stage3_update_state_word(-1), "");
}

typedef struct seen_update {
  int count;
  int state;
} seen_update;

static int note_update(void* target, int kind, const stage3_device* device) {
  seen_update* seen = target;
  (void)kind;
  ++seen->count;
  seen->state = device->on_record->ota == NULL ? 0 : device->on_record->ota->state;
  if (seen->state == STAGE3_UPDATE_LOST) check_update(device->on_record->ota);
  return 0;
}

/* What a device that is added with this record comes back with in its callbacks; < 0: the error. */
static int state_after_adding(const stage3_update_record* record, stage3_error* error) {
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  seen_update seen = {0, -1};
  stage3_on_record on_record = STAGE3_ON_RECORD_INIT;
  stage3_device device = make_device("A8032A000001", "127.0.0.1:1");
  callbacks.on_event = note_update;
  callbacks.user = &seen;
  on_record.ota = record;
  device.on_record = &on_record;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  const int code = stage3_runner_add(runner, &device, error);
  if (code == 0) {
    REQUIRE(stage3_runner_work(runner, NULL) == 0);
    CHECK(seen.count > 0);
  }
  stage3_runner_free(runner);
  stage3_config_free(config);
  return code == 0 ? seen.state : code;
}

static void the_record_of_an_update_can_be_handed_over(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  const stage3_update_record bare = STAGE3_UPDATE_RECORD_INIT;
  stage3_update_record record = STAGE3_UPDATE_RECORD_INIT;
  CHECK(state_after_adding(NULL, &error) == STAGE3_UPDATE_NONE);
  CHECK(state_after_adding(&record, &error) == STAGE3_UPDATE_NONE);
  record.state = STAGE3_UPDATE_UNREADABLE;
  CHECK(state_after_adding(&record, &error) == STAGE3_UPDATE_UNREADABLE);
  record.state = STAGE3_UPDATE_LOST;
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: ota: to and sent_at must be set");
  record.to = "1.7.5";
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  record.sent_at = 1577836800;
  record.ended_at = 1577836801;
  record.from = "1.4.4";
  record.build = "b";
  record.error = "gone";
  record.attempts = -1;
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: ota: attempts must not be negative");
  record.attempts = 3;
  CHECK(state_after_adding(&record, &error) == STAGE3_UPDATE_LOST);
  for (int state = STAGE3_UPDATE_UNREADABLE + 1; state < 100; state += 90) {
    record.state = state;
    CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
    CHECK_TEXT(error.message, "device: on_record: ota: state: no such value");
  }
  record = bare;
  record.state = -1;
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  record = bare;
  record.struct_size = 0;
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: ota: struct_size is not set");
  record = bare;
  record.reserved = 1;
  CHECK(state_after_adding(&record, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "device: on_record: ota: reserved and reserved_2 must be 0");
}

/* What adding a device with this on record tells; "": nothing. */
static const char* told_of_pin(stage3_error* error, const char* key, size_t port) {
  tally counts = {0, {0}, 0};
  stage3_runner* const runner = make_runner(&counts);
  stage3_on_record on_record = STAGE3_ON_RECORD_INIT;
  stage3_device device = make_device("A8032A000001", "127.0.0.1:1");
  on_record.tls_key = key;
  on_record.tls_port = port;
  device.on_record = &on_record;
  error->message[0] = '\0';
  CHECK((stage3_runner_add(runner, &device, error) == 0) == (error->message[0] == '\0'));
  stage3_runner_free(runner);
  return error->message;
}

static void a_key_on_record_must_be_one(void) {
  const char* const wrong[] = {
      NULL,
      "",
      "sha256//",
      kKey + 8,
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;",
      "sha512//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "sha256//A\x1b[2JAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  };
  stage3_error error = STAGE3_ERROR_INIT;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    const char* const told = told_of_pin(&error, wrong[i], 443);
    CHECK(strstr(told, "device: on_record: tls_key: '") == told);
    CHECK(strstr(told, "' is not like sha256//, with 44 characters of base64") != NULL);
    CHECK(strchr(told, '\x1b') == NULL);
  }
  CHECK_TEXT(told_of_pin(&error, NULL, 0), "");
  CHECK_TEXT(told_of_pin(&error, kKey, 1), "");
  CHECK_TEXT(told_of_pin(&error, kKey, 65535), "");
  CHECK_TEXT(told_of_pin(&error, kKey, 0), "device: on_record: tls_port must be 1 to 65535");
  CHECK_TEXT(told_of_pin(&error, kKey, 65536), "device: on_record: tls_port must be 1 to 65535");
  CHECK_TEXT(told_of_pin(&error, kKey, (size_t)-1),
             "device: on_record: tls_port must be 1 to 65535");
}

static void results_are_merged_in_memory(void) {
  static const char kJson[] = "{\"A8032A000001\":{\"ip\":\"127.0.0.1:1\",\"x\":[ 1 ]}}";
  stage3_store* store = parse(kJson);
  stage3_device device = STAGE3_DEVICE_INIT;
  const char* merged = NULL;
  size_t size = 0;
  CHECK_TEXT(stage3_store_path(store), "");
  CHECK(stage3_store_merged(store, &merged, &size, NULL) == 0);
  CHECK(size == strlen(kJson));
  CHECK_TEXT(merged, kJson);

  REQUIRE(stage3_store_device(store, 0, &device, NULL) == 0);
  const stage3_result* result = result_of(&device);
  CHECK(stage3_store_record(store, result, NULL) == 0);
  CHECK(stage3_store_merged(store, &merged, &size, NULL) == 0);
  CHECK(size == strlen(merged));
  CHECK(strstr(merged,
               "{\"A8032A000001\":{\"ip\":\"127.0.0.1:1\",\"x\":[ 1 ],\"stage3\":{"
               "\"ota_status\":\"offline\",\"last_run\":\"") == merged);

  stage3_store* again = parse(merged);
  REQUIRE(stage3_store_device(again, 0, &device, NULL) == 0);
  REQUIRE(device.on_record != NULL);
  CHECK(device.on_record->last_run == stage3_result_finished_at(result));
  stage3_store_free(again);
  stage3_result_unref(result);
  stage3_store_free(store);
}

static void what_is_on_record_is_reported(void) {
  static const char kFailed[] =
      "{\"A8032A000001\":{\"ip\":\"127.0.0.1:1\",\"stage3\":{\"ota_status\":\"error\",\"error\":"
      "\"auth: "
      "login "
      "refused\",\"error_id\":\"auth.login_refused\",\"last_run\":\"2026-11-23T10:00:00Z\"}}}";
  static const char kBefore[] = "{\"A8032A000001\":{\"ip\":\"127.0.0.1:1\"}}";
  const int64_t now = 1795435200; /* two hours later */
  stage3_store* store = parse(kFailed);
  stage3_store* earlier = parse(kBefore);
  stage3_error error = STAGE3_ERROR_INIT;
  const char* text = NULL;
  size_t size = 0;
  const int en = STAGE3_LANGUAGE_EN;
  const int de = STAGE3_LANGUAGE_DE;
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_TEXT, en, now, &text, &size, NULL) == 0);
  CHECK(size == strlen(text));
  CHECK(strstr(text, "1 of 1 devices failed.\nLast run 2026-11-23 10:00 UTC, 2 h ago.\n") == text);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_TEXT, de, now, &text, &size, NULL) == 0);
  CHECK(strstr(text, "Fehler bei 1 von 1 Ger\303\244ten.\n") == text);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_JSON, en, now, &text, &size, NULL) == 0);
  CHECK(strstr(text, "{\"v\":1,\"type\":\"status\",") == text);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_METRICS, en, now, &text, &size, NULL) == 0);
  CHECK(strstr(text, "\nstage3_devices_failed{part=\"auth\"} 1\n") != NULL);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_HTML, en, now, &text, &size, NULL) == 0);
  CHECK(strstr(text, "There is no earlier state to compare with.") != NULL);
  CHECK(stage3_store_report(store, earlier, STAGE3_REPORT_HTML, en, now, &text, &size, NULL) == 0);
  CHECK(strstr(text, "Failed, and had not before: 1") != NULL);
  CHECK(size == strlen(text));

  CHECK(stage3_store_report(store, NULL, 5, en, now, &text, &size, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "format has an unknown value (5)");
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_TEXT, 0, now, &text, &size, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "language has an unknown value (0)");
  CHECK(stage3_store_report(NULL, NULL, STAGE3_REPORT_TEXT, en, now, &text, &size, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_TEXT, en, now, NULL, &size, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_report(store, NULL, STAGE3_REPORT_TEXT, en, now, &text, NULL, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  stage3_store_free(earlier);
  stage3_store_free(store);
}

static void a_store_in_memory_has_no_file(void) {
  stage3_store* store = parse(kOnRecord);
  stage3_lock* lock = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_store_save(store, NULL, NULL, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "part 1 is in memory only and has no file") == error.message);
  CHECK(stage3_store_check_writable(store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_check_still_writable(store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_lock_acquire_for_store(store, &lock, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(lock == NULL);
  stage3_store_free(store);
}

static void bytes_that_are_no_state_are_refused(void) {
  stage3_config* config = default_config();
  stage3_store* store = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  const char* merged = NULL;
  size_t size = 0;
  CHECK(stage3_store_parse(config, "{\n  ]}", 6, "part 1", &store, &error) == STAGE3_E_STATE_READ);
  CHECK(error.line == 2 && error.column == 3);
  CHECK_TEXT(error.path, "part 1");
  CHECK(stage3_store_parse(config, "{}\0", 3, "x", &store, NULL) == STAGE3_E_STATE_READ);
  CHECK(stage3_store_parse(config, "", 0, "x", &store, NULL) == STAGE3_E_STATE_READ);
  CHECK(stage3_store_parse(NULL, "{}", 2, "x", &store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_parse(config, NULL, 0, "x", &store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_parse(config, "{}", 2, NULL, &store, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_parse(config, "{}", 2, "x", NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(store == NULL);
  CHECK(stage3_store_merged(NULL, &merged, &size, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_parse(config, "{}!", 2, "x", &store, NULL) == 0);
  CHECK(stage3_store_merged(store, NULL, &size, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_store_merged(store, &merged, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_store_free(store);
  stage3_config_free(config);
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
  CHECK(stage3_store_record_update(NULL, NULL, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
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
    {"an update is written down and taken out", an_update_is_written_down_and_taken_out},
    {"a record that says nothing is refused", a_record_that_says_nothing_is_refused},
    {"results of strangers are refused", results_of_strangers_are_refused},
    {"unreadable state files are refused", unreadable_files_are_refused},
    {"problems of a state file are told", problems_are_told},
    {"a lost state file cannot be written", a_lost_file_cannot_be_written},
    {"what is on record comes with the device", what_is_on_record_comes_with_the_device},
    {"what is on record can be handed over", what_is_on_record_can_be_handed_over},
    {"the record of an update comes with the device",
     the_record_of_an_update_comes_with_the_device},
    {"the record of an update can be handed over", the_record_of_an_update_can_be_handed_over},
    {"a key on record must be one", a_key_on_record_must_be_one},
    {"results are merged in memory", results_are_merged_in_memory},
    {"what is on record is reported", what_is_on_record_is_reported},
    {"a store in memory has no file", a_store_in_memory_has_no_file},
    {"bytes that are no state are refused", bytes_that_are_no_state_are_refused},
    {"store functions refuse NULL", null_is_refused},
    {NULL, NULL}};
