/* A run inside of a GLib main loop that also serves a timer of its own and Ctrl-C. */
#include <glib-unix.h>
#include <signal.h>
#include <stage3/stage3.h>
#include <stdio.h>

enum { tick_ms = 100 };

static int on_result(void* store, const stage3_result* result) {
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return stage3_store_record(store, result, NULL);
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

/* The host's own work, which no run may keep waiting. */
static gboolean on_tick(gpointer runner) {
  stage3_summary now = STAGE3_SUMMARY_INIT;
  stage3_runner_summary(runner, &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer runner) {
  stage3_runner_cancel(runner);
  return G_SOURCE_CONTINUE;
}

/* The host's main loop, with the run in it. Returns 0, or what the last step returned. */
static int serve(stage3_runner* runner, stage3_worker* worker, stage3_error* error) {
  embedded_run run = {g_main_loop_new(NULL, FALSE), worker, error, 0};
  const guint timer = g_timeout_add(tick_ms, on_tick, runner);
  const guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, runner);
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
