/* Threads: none of the library's own, the caller's where they may be and where not. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "fake_fleet.h"
#include "support.h"

enum { kDevices = 64 };

static int count_tasks(void) {
  int count = 0;
  DIR* const tasks = opendir("/proc/self/task");
  REQUIRE(tasks != NULL);
  for (struct dirent* task = readdir(tasks); task != NULL; task = readdir(tasks))
    count += task->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/* A thread that was joined may be seen for a moment still. */
static int count_settled_tasks(void) {
  int least = count_tasks();
  for (int i = 0; i < 20 && least > 1; ++i) {
    usleep(5000);
    const int count = count_tasks();
    if (count < least) least = count;
  }
  return least;
}

typedef struct census {
  int wanted;
  int looks;
  int looks_between;
  int is_over; /* atomic */
  int results;
  int passwords;
} census;

static int look(census* c) {
  CHECK(count_tasks() == c->wanted);
  ++c->looks;
  return 0;
}

static int on_result(void* user, const stage3_result* result) {
  (void)result;
  ++((census*)user)->results;
  return look(user);
}

static int on_event(void* user, int kind, const stage3_device* device) {
  (void)kind;
  (void)device;
  return look(user);
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  (void)mac;
  (void)realm;
  snprintf(password, size, "secret");
  ++((census*)user)->passwords;
  return look(user);
}

static void* look_again_and_again(void* user) {
  census* const c = user;
  while (!__atomic_load_n(&c->is_over, __ATOMIC_ACQUIRE)) {
    CHECK(count_tasks() == c->wanted);
    ++c->looks_between;
    usleep(500);
  }
  return NULL;
}

/* A mixed fleet, to which short timeouts apply: the silent ones are waited for. */
static stage3_runner* make_mixed_runner(const fake_fleet* fleet, const stage3_callbacks* calls,
                                        const char* timeout) {
  stage3_config* const config = default_config();
  stage3_runner* runner = NULL;
  REQUIRE(stage3_config_set(config, "timeouts.reach", timeout, NULL) == 0);
  REQUIRE(stage3_config_set(config, "timeouts.rpc", timeout, NULL) == 0);
  REQUIRE(stage3_runner_new(config, calls, 0, &runner, NULL) == 0);
  for (int i = 0; i < fleet->count; ++i) {
    const fleet_member member = member_of(fleet, i);
    const stage3_device device = make_device(member.mac, member.address);
    REQUIRE(stage3_runner_add(runner, &device, NULL) == 0);
  }
  stage3_config_free(config);
  return runner;
}

/* Whether all devices that answer have done so within the timeout, while another thread looked. */
static int is_told_in_time(const char* timeout) {
  fake_fleet fleet;
  pthread_t thread;
  census c = {0, 0, 0, 0, 0, 0};
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = &c;
  callbacks.on_result = on_result;
  callbacks.on_event = on_event;
  callbacks.on_password = on_password;
  start_fake_fleet(&fleet, kDevices, FLEET_MIXED);
  stage3_runner* const runner = make_mixed_runner(&fleet, &callbacks, timeout);
  c.wanted = count_settled_tasks() + 1;
  REQUIRE(pthread_create(&thread, NULL, look_again_and_again, &c) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  __atomic_store_n(&c.is_over, 1, __ATOMIC_RELEASE);
  pthread_join(thread, NULL);
  CHECK(c.results == kDevices);
  CHECK(c.looks >= 2 * kDevices);
  CHECK(count_settled_tasks() == c.wanted - 1);
  stage3_runner_free(runner);
  stop_fake_fleet(&fleet);
  return c.passwords == kDevices / 4 && c.looks_between > 10;
}

static void the_library_starts_none(void) {
  /* On a busy machine more time makes it so. */
  CHECK(is_told_in_time("0.3") || is_told_in_time("1") || is_told_in_time("5"));
}

typedef struct stepper {
  stage3_worker* worker;
  int done; /* written to when the step has returned */
  int code;
  pthread_t thread;
} stepper;

static void* step(void* pointer) {
  stepper* const s = pointer;
  s->code = stage3_worker_step(s->worker, -1, NULL);
  CHECK(write(s->done, "", 1) == 1);
  return NULL;
}

/* One of the two sits in its step, which has nothing to do. */
static void two_threads_may_not_step_one_worker(void) {
  tally counts = {0, {0}, 0};
  stage3_runner* const runner = make_runner(&counts);
  stage3_worker* worker = NULL;
  stepper steppers[2];
  int done[2];
  char byte;
  REQUIRE(pipe(done) == 0);
  REQUIRE(stage3_worker_new(runner, &worker, NULL) == 0);
  CHECK(stage3_worker_step(worker, 0, NULL) == 0);
  for (int i = 0; i < 2; ++i) {
    const stepper one = {worker, done[1], 99, 0};
    steppers[i] = one;
    REQUIRE(pthread_create(&steppers[i].thread, NULL, step, &steppers[i]) == 0);
  }
  REQUIRE(read(done[0], &byte, 1) == 1);
  CHECK(stage3_worker_run(worker, NULL) == STAGE3_E_REENTRANT);
  add_devices(runner, 1, "127.0.0.1:1");
  for (int i = 0; i < 2; ++i)
    pthread_join(steppers[i].thread, NULL);
  const int is_first = steppers[0].code == STAGE3_E_REENTRANT;
  CHECK(steppers[!is_first].code == STAGE3_E_REENTRANT);
  CHECK(steppers[is_first].code >= 0);
  CHECK(stage3_runner_cancelled(runner) == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(counts.results == 1);
  stage3_worker_free(worker);
  stage3_runner_free(runner);
  close(done[0]);
  close(done[1]);
}

const test_case thread_tests[] = {
    {"the library starts no thread", the_library_starts_none},
    {"two threads may not step one worker", two_threads_may_not_step_one_worker},
    {NULL, NULL}};
