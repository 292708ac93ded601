/* A run inside of a libuv loop that also serves a timer of its own and Ctrl-C. */
#include <signal.h>
#include <stage3/stage3.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

enum { tick_ms = 100 };

static int on_result(void* store, const stage3_result* result) {
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return stage3_store_record(store, result, NULL);
}

typedef struct {
  stage3_runner* runner;
  stage3_worker* worker;
  stage3_error* error;
  int left;
} embedded_run;

static void close_handle(uv_handle_t* handle, void* unused) {
  (void)unused;
  uv_close(handle, NULL);
}

static void on_ready(uv_poll_t* poll, int status, int events) {
  embedded_run* run = poll->data;
  (void)status, (void)events;
  run->left = stage3_worker_step(run->worker, 0, run->error);
  if (run->left <= 0) uv_walk(poll->loop, close_handle, NULL);
}

/* The host's own work, which no run may keep waiting. */
static void on_tick(uv_timer_t* timer) {
  const embedded_run* run = timer->data;
  stage3_summary now = STAGE3_SUMMARY_INIT;
  stage3_runner_summary(run->runner, &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
}

static void on_interrupt(uv_signal_t* interrupt, int number) {
  const embedded_run* run = interrupt->data;
  (void)number;
  stage3_runner_cancel(run->runner);
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_runner* runner, stage3_worker* worker, stage3_error* error) {
  embedded_run run = {runner, worker, error, 0};
  uv_loop_t loop;
  uv_poll_t poll;
  uv_timer_t timer;
  uv_signal_t interrupt;
  poll.data = timer.data = interrupt.data = &run;

  int code = uv_loop_init(&loop);
  if (code >= 0) code = uv_timer_init(&loop, &timer);
  if (code >= 0) code = uv_timer_start(&timer, on_tick, tick_ms, tick_ms);
  if (code >= 0) code = uv_signal_init(&loop, &interrupt);
  if (code >= 0) code = uv_signal_start(&interrupt, on_interrupt, SIGINT);
  if (code >= 0) code = uv_poll_init(&loop, &poll, stage3_worker_fd(worker));
  if (code >= 0) code = uv_poll_start(&poll, UV_READABLE, on_ready);
  if (code < 0) {
    snprintf(error->message, sizeof error->message, "cannot set up the loop: %s",
             uv_strerror(code));
    return code;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return run.left;
}

int main(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;
  stage3_store* store = NULL;
  stage3_lock* lock = NULL;
  stage3_runner* runner = NULL;
  stage3_worker* worker = NULL;

  int code = stage3_config_load("data/config.yaml", &config, &error);
  if (code >= 0) code = stage3_store_load(config, &store, &error);
  if (code >= 0) code = stage3_lock_acquire(stage3_store_path(store), &lock, &error);
  if (code >= 0) code = stage3_store_check_writable(store, &error);

  callbacks.on_result = on_result;
  callbacks.user = store;
  if (code >= 0) code = stage3_runner_new(config, &callbacks, 0, &runner, &error);
  if (code >= 0) code = stage3_runner_add_store(runner, store, NULL, 0, &error);
  if (code >= 0) code = stage3_worker_new(runner, &worker, &error);
  if (code >= 0) code = serve(runner, worker, &error);
  if (code < 0) fprintf(stderr, "%s\n", error.message);

  /* Also what a run has found that was cut short. */
  if (worker != NULL && stage3_store_save(store, NULL, NULL, &error) < 0) {
    fprintf(stderr, "%s\n", error.message);
    code = error.code;
  }
  const int stopped = runner != NULL && stage3_runner_cancelled(runner);

  stage3_worker_free(worker);
  stage3_runner_free(runner);
  stage3_lock_free(lock);
  stage3_store_free(store);
  stage3_config_free(config);
  return code < 0 || stopped;
}
