/* A run inside of a GLib main loop that also serves a timer of its own and Ctrl-C. */
#include <glib-unix.h>
#include <signal.h>
#include <stage3/stage3.h>
#include <stdio.h>

enum { tick_ms = 100 };

static int on_result(void* user, const stage3_result* result) {
  (void)user;
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
}

typedef struct {
  GMainLoop* loop;
  stage3_worker* worker;
  stage3_error* error;
  int left;
} embedded_run;

static gboolean on_ready(gint fd, GIOCondition condition, gpointer user) {
  embedded_run* run = user;
  (void)fd, (void)condition;
  run->left = stage3_worker_step(run->worker, 0, run->error);
  if (run->left > 0) return G_SOURCE_CONTINUE;
  g_main_loop_quit(run->loop);
  return G_SOURCE_REMOVE;
}

/* The host's own work, which no run may keep waiting; with a state file of many megabytes, a thread
   of its own would save. */
static gboolean on_tick(gpointer job) {
  stage3_summary now = STAGE3_SUMMARY_INIT;
  stage3_runner_summary(stage3_job_runner(job), &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  stage3_job_save_if_due(job, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer job) {
  stage3_runner_cancel(stage3_job_runner(job));
  return G_SOURCE_CONTINUE;
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_job* job, stage3_worker* worker, stage3_error* error) {
  embedded_run run = {g_main_loop_new(NULL, FALSE), worker, error, 0};
  const guint timer = g_timeout_add(tick_ms, on_tick, job);
  const guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, job);
  g_unix_fd_add(stage3_worker_fd(worker), G_IO_IN, on_ready, &run);
  g_main_loop_run(run.loop);
  g_source_remove(interrupt);
  g_source_remove(timer);
  g_main_loop_unref(run.loop);
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
