/* A run inside of a libuv loop that also serves a timer of its own and Ctrl-C. */
#include <signal.h>
#include <stage3/stage3.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

enum { tick_ms = 100 };

static int on_result(void* user, const stage3_result* result) {
  (void)user;
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
}

typedef struct {
  stage3_job* job;
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

/* The host's own work, which no run may keep waiting; with a state file of many megabytes, a thread
   of its own would save. */
static void on_tick(uv_timer_t* timer) {
  const embedded_run* run = timer->data;
  stage3_summary now = STAGE3_SUMMARY_INIT;
  stage3_runner_summary(stage3_job_runner(run->job), &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  stage3_job_save_if_due(run->job, NULL);
}

static void on_interrupt(uv_signal_t* interrupt, int number) {
  const embedded_run* run = interrupt->data;
  (void)number;
  stage3_runner_cancel(stage3_job_runner(run->job));
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_job* job, stage3_worker* worker, stage3_error* error) {
  embedded_run run = {job, worker, error, 0};
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
  stage3_job* job = NULL;
  stage3_worker* worker = NULL;

  callbacks.on_result = on_result;
  int code = stage3_config_load("data/config.yaml", &config, &error);
  if (code >= 0) code = stage3_job_new(config, &callbacks, 0, NULL, 0, &job, &error);
  if (code >= 0) code = stage3_worker_new(stage3_job_runner(job), &worker, &error);
  if (code >= 0) code = serve(job, worker, &error);
  if (code < 0) fprintf(stderr, "%s\n", error.message);

  /* Also what a run has found that was cut short. */
  if (job != NULL && stage3_job_finish(job, &error) < 0) {
    fprintf(stderr, "%s\n", error.message);
    code = error.code;
  }
  const int stopped = job != NULL && stage3_runner_cancelled(stage3_job_runner(job));

  stage3_worker_free(worker);
  stage3_job_free(job);
  stage3_config_free(config);
  return code < 0 || stopped;
}
