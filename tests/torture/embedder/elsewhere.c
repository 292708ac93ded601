/*
 * A program that runs the library and does not stay where it was:
 *
 *   torture-elsewhere CONFIG POINT DIRECTORY
 *
 * does one run with the state file that CONFIG names, and goes to DIRECTORY at a POINT: before it
 * does `load`, `lock`, `check`, `work`, the first `save`, or the `last` one. Prints the path of the
 * file, then `saved`, or the error.
 */
#define _XOPEN_SOURCE 700
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const char* point;
  const char* directory;
  stage3_error error;
} program;

static void fail(const program* now, const char* what) {
  printf("%s: %s\n", what, now->error.message);
  exit(1);
}

static void reach(const program* now, const char* point) {
  if (strcmp(now->point, point) == 0 && chdir(now->directory) == -1) {
    perror(now->directory);
    exit(2);
  }
}

static int record(void* user, const stage3_result* result) {
  return stage3_store_record(user, result, NULL) < 0;
}

static void save(program* now, stage3_store* store, const char* point) {
  reach(now, point);
  if (stage3_store_save(store, NULL, NULL, &now->error) < 0) fail(now, "not saved");
}

static void run(program* now, stage3_config* config) {
  stage3_store* store = NULL;
  stage3_lock* lock = NULL;
  stage3_runner* runner = NULL;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  reach(now, "load");
  if (stage3_store_load(config, &store, &now->error) < 0) fail(now, "not loaded");
  puts(stage3_store_path(store));
  reach(now, "lock");
  if (stage3_lock_acquire_for_store(store, &lock, &now->error) < 0) fail(now, "no lock");
  reach(now, "check");
  if (stage3_store_check_writable(store, &now->error) < 0) fail(now, "not writable");
  callbacks.user = store;
  callbacks.on_result = record;
  if (stage3_runner_new(config, &callbacks, 0, &runner, &now->error) < 0 ||
      stage3_runner_add_store(runner, store, NULL, 0, &now->error) < 0) {
    fail(now, "cannot begin");
  }
  reach(now, "work");
  if (stage3_runner_work(runner, &now->error) < 0) fail(now, "broke off");
  save(now, store, "save");
  save(now, store, "last");
  puts("saved");
  stage3_runner_free(runner);
  stage3_lock_free(lock);
  stage3_store_free(store);
}

int main(int argc, char** argv) {
  program now = {NULL, NULL, STAGE3_ERROR_INIT};
  stage3_config* config = NULL;
  if (argc != 4) {
    fputs("torture-elsewhere: see its source for its arguments\n", stderr);
    return 2;
  }
  now.point = argv[2];
  now.directory = argv[3];
  if (stage3_config_load(argv[1], &config, &now.error) < 0) fail(&now, "no configuration");
  run(&now, config);
  stage3_config_free(config);
  return 0;
}
