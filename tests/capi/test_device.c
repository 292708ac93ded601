/* The callbacks and results of a device that answers. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fake_fleet.h"
#include "shelly.h"
#include "support.h"

/* What the callbacks were told, and what they are to answer. */
typedef struct talk {
  int events[STAGE3_EVENT_UPDATE_ENDED + 1];
  int permits;
  int allow;
  int passwords;
  const char* password;
  unsigned device_flags;
  const stage3_result* result;
  int is_added_again;
} talk;

static int on_result(void* user, const stage3_result* result) {
  talk* heard = user;
  stage3_result_unref(heard->result);
  heard->result = stage3_result_ref(result);
  return 0;
}

static int on_event(void* user, int kind, const stage3_device* device) {
  ++((talk*)user)->events[kind];
  CHECK_TEXT(device->mac, "A8032A000001");
  CHECK_TEXT(device->site, "Haus 1");
  return 0;
}

static int on_permit(void* user, const stage3_device* device, const char* version, int* ret_allow) {
  talk* heard = user;
  ++heard->permits;
  CHECK_TEXT(version, "1.7.5");
  CHECK_TEXT(device->wanted_name, "Neu");
  CHECK(device->user == heard);
  CHECK(*ret_allow == 0);
  *ret_allow = heard->allow;
  return 0;
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  talk* heard = user;
  ++heard->passwords;
  CHECK_TEXT(mac, "A8032A000001");
  CHECK_TEXT(realm, "shellyplus1-a8032a000001");
  CHECK_TEXT(password, "");
  CHECK(size >= 256);
  if (heard->password == NULL)
    memset(password, 'x', size);
  else
    snprintf(password, size, "%s", heard->password);
  return 0;
}

/* Runs on its only device with what `heard` says; returns what stage3_runner_work() did. */
static int run(const fake_fleet* fleet, talk* heard, unsigned flags) {
  stage3_config* config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  const fleet_member member = member_of(fleet, 0);
  stage3_device known = make_device(member.mac, member.address);
  stage3_runner* runner = NULL;
  callbacks.user = heard;
  callbacks.on_result = on_result;
  callbacks.on_event = on_event;
  callbacks.on_permit = on_permit;
  callbacks.on_password = on_password;
  known.wanted_name = "Neu";
  known.site = "Haus 1";
  known.flags = heard->device_flags;
  known.user = heard;
  REQUIRE(stage3_config_set(config, "ota.mode", "check_and_update", NULL) == 0);
  REQUIRE(stage3_runner_new(config, &callbacks, flags, &runner, NULL) == 0);
  REQUIRE(stage3_runner_add(runner, &known, NULL) == 0);
  known.mac = "a8-03-2a-00-00-01";
  if (heard->is_added_again) REQUIRE(stage3_runner_add(runner, &known, NULL) == 0);
  const int code = stage3_runner_work(runner, NULL);
  stage3_runner_free(runner);
  stage3_config_free(config);
  return code;
}

static void end(fake_fleet* fleet, const talk* heard) {
  stage3_result_unref(heard->result);
  stop_fake_fleet(fleet);
}

static void a_device_is_named_and_updated(void) {
  fake_fleet fleet;
  talk heard = {.allow = 1, .password = "secret"};
  start_fake_fleet(&fleet, 1, FLEET_LOGIN);
  CHECK(run(&fleet, &heard, 0) == 0);
  CHECK(heard.events[STAGE3_EVENT_STARTED] == 1);
  CHECK(heard.events[STAGE3_EVENT_UPDATE_PERMITTED] == 1);
  CHECK(heard.permits == 1);
  CHECK(heard.passwords == 1);
  CHECK(fleet.devices->logins >= 3);
  CHECK(fleet.devices->updates == 1);

  REQUIRE(heard.result != NULL);
  CHECK(stage3_result_outcome(heard.result) == STAGE3_OUTCOME_OK);
  CHECK(stage3_result_ota_status(heard.result) == STAGE3_OTA_UPDATE_AVAILABLE);
  CHECK(stage3_result_friendly_status(heard.result) == STAGE3_FRIENDLY_OK);
  CHECK(stage3_result_flags(heard.result) ==
        (STAGE3_RESULT_NAME_CHANGED | STAGE3_RESULT_UPDATE_SENT));
  CHECK_TEXT(stage3_result_id(heard.result), "shellyplus1-a8032a000001");
  CHECK_TEXT(stage3_result_app(heard.result), "Plus1");
  CHECK_TEXT(stage3_result_fw(heard.result), "1.7.1");
  CHECK_TEXT(stage3_result_fw_id(heard.result), "20250101-100000/1.7.1-gabc");
  CHECK_TEXT(stage3_result_update(heard.result), "1.7.5");
  CHECK_TEXT(stage3_result_device_name(heard.result), "Neu");
  CHECK_TEXT(stage3_result_wanted_name(heard.result), "Neu");
  CHECK_TEXT(stage3_result_previous_name(heard.result), "Alt");
  CHECK_TEXT(stage3_result_key(heard.result), "A8032A000001");
  CHECK_TEXT(stage3_result_error_text(heard.result), "");
  CHECK(stage3_result_last_seen(heard.result) > 1500000000);
  CHECK(stage3_result_tls_port(heard.result) == 0);
  CHECK_TEXT(stage3_result_tls_key(heard.result), "");
  CHECK_TEXT(stage3_result_tls_certificate(heard.result), "");
  const stage3_update_record* update = stage3_result_ota(heard.result);
  REQUIRE(update != NULL);
  CHECK(update->state == STAGE3_UPDATE_SENT);
  CHECK_TEXT(update->from, "1.7.1");
  CHECK_TEXT(update->to, "1.7.5");
  CHECK_TEXT(update->build, "20250601-100000/1.7.5-g1");
  CHECK(update->error == NULL);
  CHECK(update->attempts == 1);
  CHECK(update->sent_at > 1500000000);
  end(&fleet, &heard);
}

static void a_device_that_is_added_twice_is_updated_once(void) {
  fake_fleet fleet;
  talk heard = {.allow = 1, .password = "secret", .is_added_again = 1};
  start_fake_fleet(&fleet, 1, FLEET_OPEN);
  CHECK(run(&fleet, &heard, 0) == 0);
  CHECK(heard.permits == 1);
  CHECK(fleet.devices->updates == 1);
  REQUIRE(heard.result != NULL);
  CHECK(stage3_result_ota_status(heard.result) == STAGE3_OTA_UPDATE_AVAILABLE);
  CHECK(stage3_result_flags(heard.result) == 0);
  REQUIRE(stage3_result_error_count(heard.result) == 1);
  stage3_device_error problem = STAGE3_DEVICE_ERROR_INIT;
  REQUIRE(stage3_result_error(heard.result, 0, &problem, NULL) == 0);
  CHECK(problem.cause == STAGE3_CAUSE_SENT_ALREADY);
  end(&fleet, &heard);
}

static void all_but_1_denies_an_update(void) {
  const int answers[] = {0, 2, -1, 256, 0x7fffffff};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; ++i) {
    fake_fleet fleet;
    talk heard = {.allow = answers[i], .password = "secret"};
    start_fake_fleet(&fleet, 1, FLEET_OPEN);
    CHECK(run(&fleet, &heard, 0) == 0);
    CHECK(heard.permits == 1);
    CHECK(heard.events[STAGE3_EVENT_UPDATE_PERMITTED] == 0);
    CHECK(fleet.devices->updates == 0);
    REQUIRE(heard.result != NULL);
    CHECK((stage3_result_flags(heard.result) & STAGE3_RESULT_UPDATE_HELD) != 0);
    end(&fleet, &heard);
  }
}

static void a_dry_run_changes_nothing(void) {
  fake_fleet fleet;
  talk heard = {.allow = 1, .password = "secret"};
  start_fake_fleet(&fleet, 1, FLEET_OPEN);
  CHECK(run(&fleet, &heard, STAGE3_RUN_DRY) == 0);
  CHECK(heard.permits == 0);
  CHECK(fleet.devices->updates == 0);
  CHECK_TEXT(fleet.devices->name, "Alt");
  REQUIRE(heard.result != NULL);
  CHECK((stage3_result_flags(heard.result) & STAGE3_RESULT_NAME_CHANGED) != 0);
  CHECK_TEXT(stage3_result_previous_name(heard.result), "Alt");
  end(&fleet, &heard);
}

static void a_name_that_was_not_known_is_none(void) {
  fake_fleet fleet;
  talk heard = {.password = "secret"};
  start_fake_fleet(&fleet, 1, FLEET_OPEN);
  fleet.devices->hides_name = 1;
  CHECK(run(&fleet, &heard, STAGE3_RUN_DRY) == 0);
  REQUIRE(heard.result != NULL);
  CHECK((stage3_result_flags(heard.result) & STAGE3_RESULT_NAME_CHANGED) != 0);
  CHECK(stage3_result_previous_name(heard.result) == NULL);
  end(&fleet, &heard);
}

static void a_wanted_name_that_is_no_string_is_told(void) {
  fake_fleet fleet;
  talk heard = {.password = "secret", .device_flags = STAGE3_DEVICE_BAD_WANTED_NAME};
  start_fake_fleet(&fleet, 1, FLEET_OPEN);
  CHECK(run(&fleet, &heard, STAGE3_RUN_DRY) == 0);
  CHECK_TEXT(fleet.devices->name, "Alt");
  REQUIRE(heard.result != NULL);
  CHECK(stage3_result_friendly_status(heard.result) == STAGE3_FRIENDLY_ERROR);
  CHECK(strstr(stage3_result_error_text(heard.result), "is not a string") != NULL);
  end(&fleet, &heard);
}

static void no_password_is_an_error_of_the_device(void) {
  fake_fleet fleet;
  talk heard = {.password = ""};
  stage3_device_error error = STAGE3_DEVICE_ERROR_INIT;
  start_fake_fleet(&fleet, 1, FLEET_LOGIN);
  CHECK(run(&fleet, &heard, 0) == 0);
  CHECK(fleet.devices->logins == 0);
  REQUIRE(heard.result != NULL);
  CHECK(stage3_result_outcome(heard.result) == STAGE3_OUTCOME_FAILED);
  REQUIRE(stage3_result_error_count(heard.result) >= 1);
  CHECK(stage3_result_error(heard.result, 0, &error, NULL) == 0);
  CHECK(error.part == STAGE3_PART_AUTH);
  CHECK(error.cause == STAGE3_CAUSE_LOGIN_REQUIRED);
  end(&fleet, &heard);
}

static void an_endless_password_is_refused(void) {
  fake_fleet fleet;
  talk heard = {.password = NULL};
  start_fake_fleet(&fleet, 1, FLEET_LOGIN);
  CHECK(run(&fleet, &heard, 0) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(fleet.devices->logins == 0);
  REQUIRE(heard.result != NULL);
  CHECK(stage3_result_outcome(heard.result) == STAGE3_OUTCOME_CANCELLED);
  end(&fleet, &heard);
}

const test_case device_tests[] = {
    {"a device is named and updated", a_device_is_named_and_updated},
    {"a device that is added twice is updated once", a_device_that_is_added_twice_is_updated_once},
    {"all but 1 denies an update", all_but_1_denies_an_update},
    {"a dry run changes nothing", a_dry_run_changes_nothing},
    {"a name that was not known is none", a_name_that_was_not_known_is_none},
    {"a wanted name that is no string is told", a_wanted_name_that_is_no_string_is_told},
    {"no password is an error of the device", no_password_is_an_error_of_the_device},
    {"an endless password is refused", an_endless_password_is_refused},
    {NULL, NULL}};
