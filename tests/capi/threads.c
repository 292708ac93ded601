/*
 * Many threads at work on one fleet, while others add to it, record, save and cancel: for
 * ThreadSanitizer, which is told by its build. Without it the sums are still right.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "fake_fleet.h"
#include "support.h"

enum { kThreads = 8, kDevices = 500, kAdders = 2, kLookers = 2, kAddedEach = kDevices / 4 };

/* What the threads of one run share. */
typedef struct crew {
  fake_fleet* fleet;
  stage3_config* config;
  stage3_store* store;
  stage3_runner* runner;
  int told[kDevices]; /* atomic */
  int told_in_all;    /* atomic */
  int passwords;      /* atomic */
  int cancel_at;      /* cancels when so many are told; 0: never */
  int added;          /* atomic: taken from the fleet by the adders */
  int is_over;        /* atomic */
  int saves;
  int destroyed;
} crew;

static int on_result(void* user, const stage3_result* result) {
  crew* const c = user;
  const stage3_result* const kept = stage3_result_ref(result);
  int* const told = stage3_result_user(kept);
  CHECK(__atomic_add_fetch(told, 1, __ATOMIC_RELAXED) == 1);
  CHECK(stage3_store_record(c->store, kept, NULL) == 0);
  CHECK(stage3_result_json(kept) != NULL);
  stage3_result_unref(kept);
  return __atomic_add_fetch(&c->told_in_all, 1, __ATOMIC_RELAXED) == c->cancel_at;
}

static int on_event(void* user, int kind, const stage3_device* device) {
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(kind > 0 && device->user != NULL);
  CHECK(stage3_runner_summary(((crew*)user)->runner, &summary, NULL) == 0);
  return 0;
}

/* Decided before it has returned, unless the run is cancelled. */
static int on_update(void* user, const stage3_update_request* request, int* ret_decision) {
  stage3_runner* const runner = ((crew*)user)->runner;
  CHECK_TEXT(request->version, "1.7.5");
  const int decided = stage3_runner_permit(runner, request->device->mac, 1, NULL);
  CHECK(decided == 1 || stage3_runner_cancelled(runner) == 1);
  *ret_decision = STAGE3_UPDATE_LATER;
  return 0;
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  (void)realm;
  CHECK(strlen(mac) == 12);
  __atomic_add_fetch(&((crew*)user)->passwords, 1, __ATOMIC_RELAXED);
  snprintf(password, size, "secret");
  return 0;
}

static void on_destroy(void* user) {
  ++((crew*)user)->destroyed;
}

static void add(crew* c, int index) {
  const fleet_member member = member_of(c->fleet, index);
  stage3_device device = make_device(member.mac, member.address);
  device.wanted_name = "Neu";
  device.user = &c->told[index];
  CHECK(stage3_runner_add(c->runner, &device, NULL) == 0);
}

static void* work(void* user) {
  CHECK(stage3_runner_work(((crew*)user)->runner, NULL) == 0);
  return NULL;
}

static void* step(void* user) {
  crew* const c = user;
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(c->runner, &worker, NULL) == 0);
  while (stage3_worker_step(worker, 100, NULL) > 0) {
  }
  stage3_worker_free(worker);
  return NULL;
}

/* The second half of the fleet, while the first is under way. */
static void* add_more(void* user) {
  crew* const c = user;
  for (int i = 0; i < kAddedEach; ++i) {
    add(c, kDevices / 2 + __atomic_fetch_add(&c->added, 1, __ATOMIC_RELAXED));
    usleep(500);
  }
  return NULL;
}

static void* save_now_and_then(void* user) {
  crew* const c = user;
  while (!__atomic_load_n(&c->is_over, __ATOMIC_ACQUIRE)) {
    c->saves += stage3_store_save(c->store, NULL, NULL, NULL) == 1;
    usleep(20000);
  }
  return NULL;
}

/* Looks, and is a worker for a moment. */
static void* look_on(void* user) {
  crew* const c = user;
  while (!__atomic_load_n(&c->is_over, __ATOMIC_ACQUIRE)) {
    stage3_summary summary = STAGE3_SUMMARY_INIT;
    stage3_device device = STAGE3_DEVICE_INIT;
    stage3_worker* worker = NULL;
    CHECK(stage3_runner_summary(c->runner, &summary, NULL) == 0);
    CHECK(summary.total <= kDevices);
    CHECK(stage3_runner_cancelled(c->runner) >= 0);
    CHECK(stage3_store_device(c->store, kDevices - 1, &device, NULL) == 0);
    CHECK(stage3_worker_new(c->runner, &worker, NULL) == 0);
    stage3_worker_free(worker);
    usleep(1000);
  }
  return NULL;
}

static stage3_callbacks callbacks_for(crew* c) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = c;
  callbacks.on_result = on_result;
  callbacks.on_event = on_event;
  callbacks.on_update = on_update;
  callbacks.on_password = on_password;
  callbacks.destroy = on_destroy;
  return callbacks;
}

/* `timeout`: for each call, in seconds. */
static void set_up(crew* c, directory* dir, const char* timeout) {
  static char state[kDevices * 64];
  size_t length = 0;
  for (int i = 0; i < kDevices; ++i) {
    const fleet_member member = member_of(c->fleet, i);
    length += (size_t)snprintf(state + length, sizeof state - length, "%c\"%s\":{\"ip\":\"%s\"}",
                               i == 0 ? '{' : ',', member.mac, member.address);
  }
  snprintf(state + length, sizeof state - length, "}");
  write_file(dir, "s.json", state);
  c->config = make_config(dir, "s.json");
  REQUIRE(stage3_store_load(c->config, &c->store, NULL) == 0);
  REQUIRE(stage3_config_set(c->config, "timeouts.reach", timeout, NULL) == 0);
  REQUIRE(stage3_config_set(c->config, "timeouts.rpc", timeout, NULL) == 0);
  REQUIRE(stage3_config_set(c->config, "ota.mode", "check_and_update", NULL) == 0);
  REQUIRE(stage3_config_set(c->config, "ota.rate", "0", NULL) == 0);
  const stage3_callbacks callbacks = callbacks_for(c);
  REQUIRE(stage3_runner_new(c->config, &callbacks, 0, &c->runner, NULL) == 0);
}

static void start_all(pthread_t* threads, int count, void* (*what)(void*), crew* c) {
  for (int i = 0; i < count; ++i)
    REQUIRE(pthread_create(&threads[i], NULL, what, c) == 0);
}

static void join_all(pthread_t* threads, int count) {
  for (int i = 0; i < count; ++i)
    REQUIRE(pthread_join(threads[i], NULL) == 0);
}

static stage3_summary run(crew* c, void* (*how)(void*)) {
  pthread_t workers[kThreads];
  pthread_t adders[kAdders];
  pthread_t saver;
  pthread_t lookers[kLookers];
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  for (int i = 0; i < kDevices / 2; ++i)
    add(c, i);
  start_all(&saver, 1, save_now_and_then, c);
  start_all(lookers, kLookers, look_on, c);
  start_all(adders, kAdders, add_more, c);
  start_all(workers, kThreads, how, c);
  join_all(adders, kAdders);
  join_all(workers, kThreads);
  CHECK(stage3_runner_work(c->runner, NULL) == 0); /* what came after the workers had ended */
  __atomic_store_n(&c->is_over, 1, __ATOMIC_RELEASE);
  join_all(&saver, 1);
  join_all(lookers, kLookers);
  CHECK(stage3_runner_summary(c->runner, &summary, NULL) == 0);
  return summary;
}

static stage3_summary run_crew(crew* c, void* (*how)(void*), int cancel_at, const char* timeout) {
  directory dir = make_directory();
  fake_fleet fleet;
  memset(c, 0, sizeof *c);
  start_fake_fleet(&fleet, kDevices, FLEET_MIXED);
  c->fleet = &fleet;
  c->cancel_at = cancel_at;
  set_up(c, &dir, timeout);
  const stage3_summary summary = run(c, how);
  CHECK(c->told_in_all == kDevices);
  for (int i = 0; i < kDevices; ++i)
    CHECK(c->told[i] == 1);
  CHECK(summary.total == kDevices);
  CHECK(summary.ok + summary.failed + summary.offline + summary.cancelled == kDevices);
  CHECK(stage3_runner_cancelled(c->runner) == (cancel_at != 0));
  CHECK(c->destroyed == 0);
  stage3_runner_free(c->runner);
  CHECK(c->destroyed == 1);
  CHECK(stage3_store_save(c->store, NULL, NULL, NULL) >= 0);
  stage3_store_free(c->store);
  stage3_config_free(c->config);
  stop_fake_fleet(&fleet);
  remove_directory(&dir);
  return summary;
}

/* Whether the run has found what the fleet is like: those that are not there, and those that want a
 * login. */
static int is_whole(const crew* c, const stage3_summary* summary) {
  size_t absent = 0;
  int logins = 0;
  for (int i = 0; i < kDevices; ++i) {
    absent += is_silent(i) || is_refusing(i);
    logins += i % 4 == 1;
  }
  CHECK(summary->offline >= absent);
  return summary->ok == kDevices - absent && summary->updates == kDevices - absent &&
         c->passwords == logins && c->saves > 0;
}

/* On a busy machine some devices answer too late, unless they are given more time. */
static void check_whole(void* (*how)(void*)) {
  static const char* const timeouts[] = {"1", "3", "9", "27"};
  crew c;
  size_t nth = 0;
  stage3_summary summary;
  do
    summary = run_crew(&c, how, 0, timeouts[nth]);
  while (!is_whole(&c, &summary) && ++nth < sizeof timeouts / sizeof *timeouts);
  CHECK(nth < sizeof timeouts / sizeof *timeouts);
}

static void eight_threads_share_the_work(void) {
  check_whole(work);
}

static void eight_workers_step_on_their_threads(void) {
  check_whole(step);
}

static void a_cancel_reaches_all_threads(void) {
  crew c;
  const stage3_summary summary = run_crew(&c, work, kDevices / 4, "1");
  CHECK(summary.cancelled > 0);
}

static const test_case crowd_tests[] = {
    {"eight threads share the work", eight_threads_share_the_work},
    {"eight workers step on their threads", eight_workers_step_on_their_threads},
    {"a cancel reaches all threads", a_cancel_reaches_all_threads},
    {NULL, NULL}};

int main(void) {
  const test_case* const lists[] = {crowd_tests, NULL};
  return run_tests(lists);
}
