/* A run inside of an sd-event loop that also serves a timer of its own and Ctrl-C. */
#include <signal.h>
#include <stage3/stage3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

enum { tick_us = 100000 };

static int on_result(void* user, const stage3_result* result) {
  (void)user;
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
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

/* The host's own work, which no run may keep waiting; with a state file of many megabytes, a thread
   of its own would save. */
static int on_tick(sd_event_source* source, uint64_t usec, void* job) {
  stage3_summary now = STAGE3_SUMMARY_INIT;
  (void)usec;
  stage3_runner_summary(stage3_job_runner(job), &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  stage3_job_save_if_due(job, NULL);
  return sd_event_source_set_time_relative(source, tick_us);
}

static int on_interrupt(sd_event_source* source, const struct signalfd_siginfo* info, void* job) {
  (void)source, (void)info;
  return stage3_runner_cancel(stage3_job_runner(job));
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_job* job, stage3_worker* worker, stage3_error* error) {
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
    code = sd_event_add_time_relative(loop, &timer, CLOCK_MONOTONIC, tick_us, 0, on_tick, job);
  if (code >= 0) code = sd_event_source_set_enabled(timer, SD_EVENT_ON);
  if (code >= 0) code = sd_event_add_signal(loop, NULL, SIGINT, on_interrupt, job);
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
