/* A run that is ended from elsewhere: by another thread, by a signal. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fake_fleet.h"
#include "support.h"

/* A callback that waits for another thread, which frees the runner meanwhile. */
typedef struct meeting {
  int pipe_out[2];
  int pipe_in[2];
  int calls;
  int destroyed;
  stage3_runner* runner;
} meeting;

static int meet(void* user, int kind, const stage3_device* device) {
  meeting* const m = user;
  char byte;
  (void)kind;
  (void)device;
  ++m->calls;
  REQUIRE(write(m->pipe_out[1], "", 1) == 1);
  REQUIRE(read(m->pipe_in[0], &byte, 1) == 1);
  CHECK(m->destroyed == 0);
  return 0;
}

static int be_told(void* user, const stage3_result* result) {
  (void)result;
  ++((meeting*)user)->calls;
  return 0;
}

static void be_destroyed(void* user) {
  ++((meeting*)user)->destroyed;
}

static void* work(void* user) {
  meeting* const m = user;
  CHECK(stage3_runner_work(m->runner, NULL) == 0);
  CHECK(m->destroyed == 1);
  return NULL;
}

static void a_runner_may_be_freed_under_anothers_work(void) {
  meeting m;
  pthread_t thread;
  char byte;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* const config = default_config();
  memset(&m, 0, sizeof m);
  callbacks.user = &m;
  callbacks.on_event = meet;
  callbacks.on_result = be_told;
  callbacks.destroy = be_destroyed;
  REQUIRE(pipe(m.pipe_out) == 0 && pipe(m.pipe_in) == 0);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &m.runner, NULL) == 0);
  stage3_config_free(config);
  add_devices(m.runner, 10, "127.0.0.1:1");
  REQUIRE(pthread_create(&thread, NULL, work, &m) == 0);
  REQUIRE(read(m.pipe_out[0], &byte, 1) == 1);
  stage3_runner_free(m.runner);
  REQUIRE(write(m.pipe_in[1], "", 1) == 1);
  pthread_join(thread, NULL);
  CHECK(m.calls == 1); /* none after the free */
  CHECK(m.destroyed == 1);
  for (int i = 0; i < 2; ++i) {
    close(m.pipe_out[i]);
    close(m.pipe_in[i]);
  }
}

static stage3_runner* runner_of_handler;

static void cancel_in_handler(int signal_number) {
  (void)signal_number;
  CHECK(stage3_runner_cancel(runner_of_handler) == 0);
}

/* Once the timers of ping and connect are over: only the cancel itself can wake the worker. */
static void* send_signal(void* target) {
  usleep(500000);
  CHECK(pthread_kill(target == NULL ? pthread_self() : *(pthread_t*)target, SIGUSR1) == 0);
  return NULL;
}

static long milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static stage3_runner* make_patient_runner(tally* counts) {
  stage3_config* const config = default_config();
  const stage3_callbacks callbacks = counting(counts);
  stage3_runner* runner = NULL;
  REQUIRE(stage3_config_set(config, "timeouts.reach", "600", NULL) == 0);
  REQUIRE(stage3_config_set(config, "timeouts.rpc", "600", NULL) == 0);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  stage3_config_free(config);
  return runner;
}

/* The device would be waited for much longer. */
static void cancel_by_signal(const fake_fleet* fleet, const pthread_t* target) {
  pthread_t thread;
  tally counts = {0, {0}, 0};
  stage3_runner* const runner = make_patient_runner(&counts);
  const fleet_member silent = member_of(fleet, 14);
  const stage3_device device = make_device(silent.mac, silent.address);
  REQUIRE(is_silent(14));
  REQUIRE(stage3_runner_add(runner, &device, NULL) == 0);
  runner_of_handler = runner;
  const long start = milliseconds_now();
  REQUIRE(pthread_create(&thread, NULL, send_signal, (void*)target) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(milliseconds_now() - start < 120000);
  pthread_join(thread, NULL);
  CHECK(stage3_runner_cancelled(runner) == 1);
  CHECK(counts.results == 1);
  CHECK(counts.outcomes[STAGE3_OUTCOME_CANCELLED] == 1);
  stage3_runner_free(runner);
}

/* On the thread that works, whose waiting it interrupts, and on one that does not. */
static void a_signal_handler_may_cancel(void) {
  fake_fleet fleet;
  const pthread_t self = pthread_self();
  struct sigaction action;
  struct sigaction before;
  memset(&action, 0, sizeof action);
  action.sa_handler = cancel_in_handler;
  REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
  start_fake_fleet(&fleet, 16, FLEET_MIXED);
  cancel_by_signal(&fleet, &self);
  cancel_by_signal(&fleet, NULL);
  stop_fake_fleet(&fleet);
  REQUIRE(sigaction(SIGUSR1, &before, NULL) == 0);
}

const test_case ending_tests[] = {{"a runner may be freed under another thread's work",
                                   a_runner_may_be_freed_under_anothers_work},
                                  {"a signal handler may cancel", a_signal_handler_may_cancel},
                                  {NULL, NULL}};
