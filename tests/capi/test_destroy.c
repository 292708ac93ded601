/* When `destroy` comes, and what it may do. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "support.h"

typedef struct heir {
  int destroyed;
  int results;
  int code;
  pthread_t thread; /* on which it was destroyed */
} heir;

/* A run of its own; and whether it may. */
static void run_in_destroy(void* user) {
  heir* const h = user;
  tally counts = {0, {0}, 0};
  stage3_runner* const runner = make_runner(&counts);
  add_devices(runner, 1, "127.0.0.1:1");
  h->code = stage3_runner_work(runner, NULL);
  stage3_runner_free(runner);
  h->results = counts.results;
  h->thread = pthread_self();
  ++h->destroyed;
}

static stage3_runner* make_heirs_runner(heir* h) {
  stage3_config* const config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  memset(h, 0, sizeof *h);
  callbacks.user = h;
  callbacks.destroy = run_in_destroy;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  stage3_config_free(config);
  return runner;
}

static void outside_of_a_callback_it_may_work(void) {
  heir h;
  stage3_runner* const runner = make_heirs_runner(&h);
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(runner, &worker, NULL) == 0);
  stage3_runner_free(runner);
  CHECK(h.destroyed == 0);
  stage3_worker_free(worker);
  CHECK(h.destroyed == 1);
  CHECK(h.code == 0 && h.results == 1);
}

static int free_heirs_runner(void* user, const stage3_result* result) {
  heir* const h = user;
  (void)result;
  stage3_runner_free(make_heirs_runner(h));
  return 0;
}

/* A callback is a callback, whichever function was called in between. */
static void inside_of_a_callback_it_may_not(void) {
  heir h;
  stage3_config* const config = default_config();
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  callbacks.user = &h;
  callbacks.on_result = free_heirs_runner;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  add_devices(runner, 1, "127.0.0.1:1");
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(h.destroyed == 1);
  CHECK(h.code == STAGE3_E_REENTRANT && h.results == 0);
  stage3_runner_free(runner);
  stage3_config_free(config);
}

static void* free_from_thread(void* worker) {
  stage3_worker_free(worker);
  return NULL;
}

static void it_comes_on_the_thread_that_lets_go_last(void) {
  heir h;
  pthread_t thread;
  stage3_runner* const runner = make_heirs_runner(&h);
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(runner, &worker, NULL) == 0);
  stage3_runner_free(runner);
  REQUIRE(pthread_create(&thread, NULL, free_from_thread, worker) == 0);
  pthread_join(thread, NULL);
  CHECK(h.destroyed == 1);
  CHECK(pthread_equal(h.thread, thread));
}

const test_case destroy_tests[] = {
    {"outside of a callback destroy may work", outside_of_a_callback_it_may_work},
    {"inside of a callback destroy may not work", inside_of_a_callback_it_may_not},
    {"destroy comes on the thread that lets go last", it_comes_on_the_thread_that_lets_go_last},
    {NULL, NULL}};
