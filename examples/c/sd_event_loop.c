/* A run inside of an sd-event loop that also serves a timer of its own and Ctrl-C. */
#include <signal.h>
#include <stage3/stage3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

enum { tick_us = 100000 };

static int on_result(void* store, const stage3_result* result) {
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return stage3_store_record(store, result, NULL);
}

typedef struct {
  stage3_worker* worker;
  stage3_error* error;
} embedded_run;

static int on_ready(sd_event_source* source, int fd, uint32_t events, void* user) {
  const embedded_run* run = user;
  const int left = stage3_worker_step(run->worker, 0, run->error);
  (void)fd, (void)events;
  return left > 0 ? 0 : sd_event_exit(sd_event_source_get_event(source), left);
}

/* The host's own work, which no run may keep waiting. */
static int on_tick(sd_event_source* source, uint64_t usec, void* runner) {
  stage3_summary now = STAGE3_SUMMARY_INIT;
  (void)usec;
  stage3_runner_summary(runner, &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  return sd_event_source_set_time_relative(source, tick_us);
}

static int on_interrupt(sd_event_source* source, const struct signalfd_siginfo* info,
                        void* runner) {
  (void)source, (void)info;
  return stage3_runner_cancel(runner);
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_runner* runner, stage3_worker* worker, stage3_error* error) {
  embedded_run run = {worker, error};
  sd_event* loop = NULL;
  sd_event_source* ready = NULL;
  sd_event_source* timer = NULL;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);

  int code = sd_event_new(&loop);
  if (code >= 0)
    code = sd_event_add_io(loop, &ready, stage3_worker_fd(worker), EPOLLIN, on_ready, &run);
  if (code >= 0)
    code = sd_event_add_time_relative(loop, &timer, CLOCK_MONOTONIC, tick_us, 0, on_tick, runner);
  if (code >= 0) code = sd_event_source_set_enabled(timer, SD_EVENT_ON);
  if (code >= 0) code = sd_event_add_signal(loop, NULL, SIGINT, on_interrupt, runner);
  if (code < 0)
    snprintf(error->message, sizeof error->message, "cannot set up the loop: %s", strerror(-code));
  else
    code = sd_event_loop(loop);

  sd_event_source_unref(timer);
  sd_event_source_unref(ready);
  sd_event_unref(loop);
  return code;
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
