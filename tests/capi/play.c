#include "play.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"

static int pass(play* p, int place) {
  CHECK(!p->is_freed);
  if (p->place != place || p->acts > 0) return 0;
  ++p->acts;
  return p->act(p);
}

static int on_result(void* user, const stage3_result* result) {
  play* const p = user;
  int* const told = stage3_result_user(result);
  if (told == NULL)
    ++p->told_of_store;
  else if (++*told > 1)
    ++p->told_twice;
  p->told_cancelled += stage3_result_outcome(result) == STAGE3_OUTCOME_CANCELLED;
  return pass(p, IN_RESULT);
}

static int on_event(void* user, int kind, const stage3_device* device) {
  (void)kind;
  CHECK(device != NULL);
  return pass(user, IN_EVENT);
}

static int on_permit(void* user, const stage3_device* device, const char* version, int* ret_allow) {
  CHECK(device != NULL);
  CHECK_TEXT(version, "1.7.5");
  *ret_allow = 1;
  return pass(user, IN_PERMIT);
}

static int on_update(void* user, const stage3_update_request* request, int* ret_decision) {
  CHECK_TEXT(request->version, "1.7.5");
  *ret_decision = STAGE3_UPDATE_YES;
  return pass(user, IN_UPDATE);
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  CHECK(strlen(mac) == 12 && realm[0] != '\0');
  snprintf(password, size, "secret");
  return pass(user, IN_PASSWORD);
}

static int on_log(void* user, int level, const char* text) {
  CHECK(level == STAGE3_LOG_WARNING && text[0] != '\0');
  return pass(user, IN_LOG);
}

static void destroy(void* user) {
  ++((play*)user)->destroyed;
}

static void write_state(play* p) {
  char text[1024] = "{";
  for (int i = 0; i < PLAY_DEVICES; ++i) {
    const fleet_member member = member_of(&p->fleet, i);
    const size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s\"%s\": {\"ip\": \"%s\"}", i == 0 ? "" : ",\n",
             member.mac, member.address);
  }
  strcat(text, "}\n");
  write_file(&p->dir, "s.json", text);
}

static int keep_result(void* target, const stage3_result* result) {
  *(const stage3_result**)target = stage3_result_ref(result);
  return 0;
}

/* A result of the first device, of a run before this one. */
static const stage3_result* earlier_result(const play* p, const stage3_config* config) {
  const fleet_member member = member_of(&p->fleet, 0);
  const stage3_device device = make_device(member.mac, member.address);
  const stage3_result* result = NULL;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  callbacks.user = (void*)&result;
  callbacks.on_result = keep_result;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  REQUIRE(stage3_runner_add(runner, &device, NULL) == 0);
  REQUIRE(stage3_runner_work(runner, NULL) == 0);
  REQUIRE(result != NULL);
  stage3_runner_free(runner);
  return result;
}

/* A secrets file that gives no password and may be read by others is what there is to be said in a
   log, twice; it is read where there is no on_password. */
static stage3_callbacks set_up(play* p, stage3_config* config) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = p;
  callbacks.on_result = on_result;
  callbacks.on_event = on_event;
  callbacks.on_permit = on_permit;
  if (p->place == IN_UPDATE) callbacks.on_update = on_update;
  callbacks.on_password = p->place == IN_LOG ? NULL : on_password;
  callbacks.on_log = on_log;
  callbacks.destroy = destroy;
  const char* const secrets = write_file(&p->dir, "secrets.yaml", "shelly: {}\n");
  REQUIRE(chmod(secrets, 0644) == 0);
  REQUIRE(stage3_config_set(config, "auth.secrets_file", secrets, NULL) == 0);
  REQUIRE(stage3_config_set(config, "ota.mode", "check_and_update", NULL) == 0);
  REQUIRE(stage3_config_set(config, "ota.rate", "0", NULL) == 0);
  REQUIRE(stage3_config_set(config, "concurrency", "3", NULL) == 0);
  return callbacks;
}

void begin_play(play* p, int place, int (*act)(play* p)) {
  memset(p, 0, sizeof *p);
  p->place = place;
  p->act = act;
  p->wanted = PLAY_DEVICES;
  start_fake_fleet(&p->fleet, PLAY_DEVICES + 1, place == IN_PASSWORD ? FLEET_LOGIN : FLEET_OPEN);
  p->dir = make_directory();
  write_state(p);
  stage3_config* const config = make_config(&p->dir, "s.json");
  REQUIRE(stage3_store_load(config, &p->store, NULL) == 0);
  p->earlier = earlier_result(p, config);
  const stage3_callbacks callbacks = set_up(p, config);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &p->runner, NULL) == 0);
  stage3_config_free(config);
  for (int i = 0; i < PLAY_DEVICES; ++i) {
    const fleet_member member = member_of(&p->fleet, i);
    stage3_device device = make_device(member.mac, member.address);
    device.user = &p->told[i];
    REQUIRE(stage3_runner_add(p->runner, &device, NULL) == 0);
  }
  REQUIRE(stage3_worker_new(p->runner, &p->worker, NULL) == 0);
}

int finish_play(play* p) {
  return stage3_worker_run(p->worker, NULL);
}

int count_told(const play* p) {
  int count = 0;
  for (int i = 0; i < p->wanted; ++i)
    count += p->told[i] > 0;
  return count;
}

void check_all_told_once(const play* p) {
  CHECK(p->acts == 1);
  CHECK(p->told_twice == 0);
  CHECK(count_told(p) == p->wanted);
}

void end_play(play* p) {
  stage3_worker_free(p->worker);
  CHECK(p->destroyed == (p->runner == NULL));
  stage3_runner_free(p->runner);
  CHECK(p->destroyed == 1);
  stage3_result_unref(p->earlier);
  stage3_store_free(p->store);
  stop_fake_fleet(&p->fleet);
  remove_directory(&p->dir);
}
