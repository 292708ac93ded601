/* Who decides about an update: at once, later, from another thread, or never. */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fake_fleet.h"
#include "shelly.h"
#include "support.h"

#define DEVICES 4

typedef struct scene {
  tally counts; /* first: count_result() takes it */
  fake_fleet fleet;
  stage3_runner* runner;
  int decision;
  int answer; /* of on_update itself */
  int asked;
  int on_time; /* what stage3_runner_permit() said inside of the callback */
  int held;    /* results */
  int sent_to; /* results */
  int offset;
  int offset_asked;
  char macs[DEVICES][13]; /* of whom it was asked */
} scene;

static int take_result(void* user, const stage3_result* result) {
  scene* const s = user;
  s->held += (stage3_result_flags(result) & STAGE3_RESULT_UPDATE_HELD) != 0;
  s->sent_to += (stage3_result_flags(result) & STAGE3_RESULT_UPDATE_SENT) != 0;
  return count_result(user, result);
}

static int decide(void* user, const stage3_update_request* request, int* ret_decision) {
  scene* const s = user;
  CHECK(*ret_decision == STAGE3_UPDATE_NO);
  snprintf(s->macs[s->asked++ % DEVICES], 13, "%s", request->device->mac);
  *ret_decision = s->decision;
  return s->answer;
}

static void start(scene* s, int devices, int decision) {
  memset(s, 0, sizeof *s);
  s->decision = decision;
  start_fake_fleet(&s->fleet, devices, FLEET_OPEN);
}

static void open_runner(scene* s, const stage3_callbacks* callbacks) {
  stage3_config* const config = default_config();
  REQUIRE(stage3_config_set(config, "ota.mode", "check_and_update", NULL) == 0);
  REQUIRE(stage3_config_set(config, "ota.rate", "0", NULL) == 0);
  REQUIRE(stage3_runner_new(config, callbacks, 0, &s->runner, NULL) == 0);
  stage3_config_free(config);
  for (int i = 0; i < s->fleet.count; ++i) {
    const fleet_member member = member_of(&s->fleet, i);
    const stage3_device device = make_device(member.mac, member.address);
    REQUIRE(stage3_runner_add(s->runner, &device, NULL) == 0);
  }
}

static stage3_callbacks deciding(scene* s) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = s;
  callbacks.on_result = take_result;
  callbacks.on_update = decide;
  return callbacks;
}

/* A runner whose devices are all decided about by `decide`. */
static void begin(scene* s, int devices, int decision) {
  start(s, devices, decision);
  const stage3_callbacks callbacks = deciding(s);
  open_runner(s, &callbacks);
}

static void end(scene* s) {
  stage3_runner_free(s->runner);
  stop_fake_fleet(&s->fleet);
}

static int updates(const scene* s) {
  int sent = 0;
  for (int i = 0; i < s->fleet.count; ++i)
    sent += s->fleet.devices[i].updates;
  return sent;
}

static void yes_and_no(void) {
  const struct {
    int decision, answer, sent;
  } cases[] = {{STAGE3_UPDATE_YES, 0, 1},   {STAGE3_UPDATE_NO, 0, 0}, {3, 0, 0}, {-1, 0, 0},
               {STAGE3_UPDATE_YES, 1, 0}, /* a cancel is a no, whatever was decided */
               {STAGE3_UPDATE_LATER, -7, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    scene s;
    begin(&s, 1, cases[i].decision);
    s.answer = cases[i].answer;
    CHECK(stage3_runner_work(s.runner, NULL) == 0);
    CHECK(s.asked == 1);
    CHECK(updates(&s) == cases[i].sent);
    CHECK(s.counts.outcomes[STAGE3_OUTCOME_OK] == 1);
    CHECK(s.sent_to == cases[i].sent && s.held == 1 - cases[i].sent);
    CHECK(stage3_runner_cancelled(s.runner) == (cases[i].answer != 0));
    end(&s);
  }
}

static int look(void* user, const stage3_update_request* request, int* ret_decision) {
  scene* const s = user;
  const fleet_member member = member_of(&s->fleet, 0);
  CHECK(request->struct_size == sizeof *request);
  CHECK(request->device->struct_size == sizeof *request->device);
  CHECK_TEXT(request->device->mac, member.mac);
  CHECK(strncmp(request->id, "shellyplus1-", 12) == 0);
  CHECK_TEXT(request->app, "Plus1");
  CHECK_TEXT(request->fw, "1.7.1");
  CHECK_TEXT(request->fw_id, "20250101-100000/1.7.1-gabc");
  CHECK_TEXT(request->version, "1.7.5");
  CHECK_TEXT(request->build, "20250601-100000/1.7.5-g1");
  CHECK(request->record->struct_size == sizeof *request->record);
  CHECK(request->record->state == STAGE3_UPDATE_SENT);
  CHECK(request->record->attempts == 1 && request->record->sent_at > 0);
  CHECK_TEXT(request->record->from, "1.7.1");
  CHECK_TEXT(request->record->to, "1.7.5");
  CHECK_TEXT(request->record->build, "20250601-100000/1.7.5-g1");
  ++s->asked;
  *ret_decision = STAGE3_UPDATE_YES;
  return 0;
}

static int never_asked(void* user, const stage3_device* device, const char* version,
                       int* ret_allow) {
  (void)user, (void)device, (void)version, (void)ret_allow;
  CHECK(!"on_permit is asked beside on_update");
  return 0;
}

static void the_request_says_what_would_be_sent(void) {
  scene s;
  start(&s, 1, 0);
  stage3_callbacks callbacks = deciding(&s);
  callbacks.on_update = look;
  callbacks.on_permit = never_asked;
  open_runner(&s, &callbacks);
  CHECK(stage3_runner_work(s.runner, NULL) == 0);
  CHECK(s.asked == 1 && updates(&s) == 1);
  end(&s);
}

static void* work(void* runner) {
  CHECK(stage3_runner_work(runner, NULL) == 0);
  return NULL;
}

/* A caller that was built before there was an on_update has none, whatever stands behind. */
static void an_older_caller_has_no_on_update(void) {
  scene s;
  start(&s, 1, STAGE3_UPDATE_NO);
  stage3_callbacks callbacks = deciding(&s);
  callbacks.struct_size = offsetof(stage3_callbacks, on_update);
  open_runner(&s, &callbacks);
  CHECK(stage3_runner_work(s.runner, NULL) == 0);
  CHECK(s.asked == 0 && updates(&s) == 1);
  end(&s);
}

/* Steps until `asked` devices are undecided. */
static stage3_worker* step_until_asked(scene* s, int asked) {
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(s->runner, &worker, NULL) == 0);
  while (s->asked < asked)
    REQUIRE(stage3_worker_step(worker, 1000, NULL) > 0);
  return worker;
}

static int permit(const scene* s, int index, int yes) {
  return stage3_runner_permit(s->runner, member_of(&s->fleet, index).mac, yes, NULL);
}

static void later_is_decided_on_another_thread(void) {
  scene s;
  begin(&s, DEVICES, STAGE3_UPDATE_LATER);
  stage3_worker* const worker = step_until_asked(&s, DEVICES);
  CHECK(s.counts.results == 0 && updates(&s) == 0);
  stage3_worker_free(worker); /* and with it what it had in flight */
  end(&s);

  begin(&s, DEVICES, STAGE3_UPDATE_LATER);
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, work, s.runner) == 0);
  for (int i = 0; i < DEVICES; ++i) {
    while (permit(&s, i, i % 2 == 0) == 0) {
    }
    CHECK(permit(&s, i, 1) == 0); /* decided already */
  }
  REQUIRE(pthread_join(thread, NULL) == 0);
  CHECK(s.asked == DEVICES);
  for (int i = 0; i < DEVICES; ++i)
    CHECK(s.fleet.devices[i].updates == (i % 2 == 0));
  CHECK(s.sent_to == DEVICES / 2 && s.held == DEVICES / 2);
  CHECK(permit(&s, 0, 1) == 0); /* finished */
  end(&s);
}

static int permit_at_once(void* user, const stage3_update_request* request, int* ret_decision) {
  scene* const s = user;
  ++s->asked;
  s->on_time += stage3_runner_permit(s->runner, request->device->mac, s->decision, NULL);
  CHECK(stage3_runner_permit(s->runner, request->device->mac, 1, NULL) == 0);
  *ret_decision = STAGE3_UPDATE_LATER;
  return 0;
}

static void a_decision_before_the_callback_has_returned_counts(void) {
  for (int yes = 0; yes <= 2; ++yes) { /* 2 is no */
    scene s;
    start(&s, DEVICES, yes);
    stage3_callbacks callbacks = deciding(&s);
    callbacks.on_update = permit_at_once;
    open_runner(&s, &callbacks);
    CHECK(stage3_runner_work(s.runner, NULL) == 0);
    CHECK(s.asked == DEVICES && s.on_time == DEVICES);
    CHECK(updates(&s) == (yes == 1 ? DEVICES : 0));
    CHECK(s.counts.outcomes[STAGE3_OUTCOME_OK] == DEVICES);
    end(&s);
  }
}

static void a_cancel_ends_those_that_are_undecided(void) {
  scene s;
  begin(&s, DEVICES, STAGE3_UPDATE_LATER);
  stage3_worker* const worker = step_until_asked(&s, DEVICES);
  CHECK(stage3_runner_cancel(s.runner) == 0);
  CHECK(permit(&s, 0, 1) == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(updates(&s) == 0 && s.held == DEVICES);
  CHECK(s.counts.outcomes[STAGE3_OUTCOME_OK] == DEVICES); /* all but the update was done */
  stage3_worker_free(worker);
  end(&s);
}

static void a_device_is_removed_while_undecided(void) {
  scene s;
  begin(&s, DEVICES, STAGE3_UPDATE_LATER);
  stage3_worker* const worker = step_until_asked(&s, DEVICES);
  CHECK(stage3_runner_remove(s.runner, member_of(&s.fleet, 0).mac, NULL) == 1);
  (void)!permit(&s, 0, 1); /* what the device is told is the remove's */
  for (int i = 1; i < DEVICES; ++i)
    CHECK(permit(&s, i, 1) == 1);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(s.fleet.devices[0].updates == 0 && updates(&s) == DEVICES - 1);
  CHECK(s.counts.outcomes[STAGE3_OUTCOME_CANCELLED] == 1);
  CHECK(s.counts.results == DEVICES);
  CHECK(permit(&s, 0, 1) == 0);
  stage3_worker_free(worker);
  end(&s);
}

static void entries_of_one_device_share_one_decision(void) {
  for (int yes = 0; yes <= 1; ++yes) {
    scene s;
    begin(&s, 1, STAGE3_UPDATE_LATER);
    const fleet_member member = member_of(&s.fleet, 0);
    const char* const aliases[] = {member.mac};
    stage3_device second = make_device("A8032AFFFFFF", member.address);
    second.aliases = aliases;
    second.alias_count = 1;
    REQUIRE(stage3_runner_add(s.runner, &second, NULL) == 0);
    stage3_worker* const worker = step_until_asked(&s, 1);
    CHECK(stage3_runner_permit(s.runner, "a8:03:2a:ff:ff:ff", yes, NULL) +
              stage3_runner_permit(s.runner, member.mac, yes, NULL) >=
          1);
    CHECK(stage3_worker_run(worker, NULL) == 0);
    CHECK(s.asked == 1);
    CHECK(updates(&s) == yes);
    CHECK(s.counts.results == 2);
    stage3_worker_free(worker);
    end(&s);
  }
}

static void what_permit_refuses(void) {
  scene s;
  begin(&s, 1, STAGE3_UPDATE_NO);
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_runner_permit(NULL, "A8032A000001", 1, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_permit(s.runner, NULL, 1, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_runner_permit(s.runner, "A8032A00000", 1, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "mac: 'A8032A00000' is not a MAC address");
  CHECK(permit(&s, 0, 1) == 0); /* not asked yet */
  CHECK(stage3_runner_permit(s.runner, "FFFFFFFFFFFF", 1, NULL) == 0);
  CHECK(stage3_runner_work(s.runner, NULL) == 0);
  end(&s);
}

static int tell_offset(void* user, int64_t utc, int* ret_seconds) {
  scene* const s = user;
  CHECK(utc > 1700000000 && *ret_seconds == 0);
  *ret_seconds = s->offset;
  ++s->offset_asked;
  return 0;
}

/* Two windows of a day each would be open in UTC; the operator's clock decides. */
static void windows_go_by_the_operators_clock(void) {
  for (int offset = -1; offset <= 1; ++offset) {
    scene s;
    stage3_error error = STAGE3_ERROR_INIT;
    start(&s, 1, STAGE3_UPDATE_YES);
    s.offset = offset * 90000;
    stage3_callbacks callbacks = deciding(&s);
    callbacks.utc_offset = tell_offset;
    stage3_config* const config = default_config();
    REQUIRE(stage3_config_set(config, "ota.mode", "check_and_update", NULL) == 0);
    REQUIRE(stage3_config_set(config, "ota.windows", "Mon-Sun 00:00-23:59", NULL) == 0);
    REQUIRE(stage3_runner_new(config, &callbacks, 0, &s.runner, NULL) == 0);
    stage3_config_free(config);
    const fleet_member member = member_of(&s.fleet, 0);
    const stage3_device device = make_device(member.mac, member.address);
    REQUIRE(stage3_runner_add(s.runner, &device, NULL) == 0);
    const int code = stage3_runner_work(s.runner, &error);
    CHECK(s.offset_asked > 0);
    CHECK(code == (offset == 0 ? 0 : STAGE3_E_INVALID_ARGUMENT));
    if (offset != 0) CHECK_TEXT(error.message, "utc_offset has told of more than a day");
    end(&s);
  }
}

static void flags_say_what_a_run_is_for(void) {
  stage3_config* const config = default_config();
  stage3_runner* runner = NULL;
  CHECK(stage3_runner_new(config, NULL, STAGE3_RUN_RESUME | STAGE3_RUN_DRY, &runner, NULL) == 0);
  stage3_runner_free(runner);
  CHECK(stage3_runner_new(config, NULL, 4, &runner, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_config_free(config);
}

const test_case update_tests[] = {
    {"an update is decided about at once", yes_and_no},
    {"a request says what would be sent", the_request_says_what_would_be_sent},
    {"an older caller has no on_update", an_older_caller_has_no_on_update},
    {"later is decided on another thread", later_is_decided_on_another_thread},
    {"a decision before the callback has returned counts",
     a_decision_before_the_callback_has_returned_counts},
    {"a cancel ends those that are undecided", a_cancel_ends_those_that_are_undecided},
    {"a device is removed while undecided", a_device_is_removed_while_undecided},
    {"entries of one device share one decision", entries_of_one_device_share_one_decision},
    {"what a decision from outside refuses", what_permit_refuses},
    {"windows go by the operator's clock", windows_go_by_the_operators_clock},
    {"flags say what a run is for", flags_say_what_a_run_is_for},
    {NULL, NULL}};
