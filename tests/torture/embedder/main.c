/*
 * A program that embeds the library through its C interface, and prints what became of its runs.
 *
 *   torture-embedder run CONFIG
 *     One run. Prints `total ok failed offline cancelled` and `saved`, or the error.
 *
 *   torture-embedder cancel CONFIG STATE STATE_A STATE_B ROUNDS MAX_US SEED [leak|deaf]
 *     Runs over and over, each cancelled by another thread at a random moment within MAX_US
 *     microseconds. CONFIG names STATE, which STATE_A and STATE_B take turns to overwrite. Prints a
 *     line a round, `milliseconds told cancelled recorded`: how long the run went on after the
 *     cancel, the devices told, those told as cancelled, and the results found in the saved file.
 *     The last line is `descriptors allocations`, how many are left behind. The mutants forget to
 *     free results, and to cancel.
 */
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <pthread.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../allocations/memory.h"

enum { kMaxFile = 1 << 20, kWarmUpRounds = 2 };

/* One run: the handles, and what its callback has counted. */
typedef struct {
  stage3_config* config;
  stage3_store* store;
  stage3_lock* lock;
  stage3_runner* runner;
  int told;
  int cancelled;
  int leaks;
  stage3_error error;
} run;

static int on_result(void* user, const stage3_result* result) {
  run* const now = user;
  ++now->told;
  if (stage3_result_outcome(result) == STAGE3_OUTCOME_CANCELLED) ++now->cancelled;
  if (now->leaks) stage3_result_ref(result);
  return stage3_store_record(now->store, result, NULL) < 0;
}

static void fail(const char* what, const stage3_error* error) {
  printf("%s: %s\n", what, error == NULL ? "" : error->message);
  exit(1);
}

static void begin(run* now, const char* config, int leaks) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  const run empty = {NULL, NULL, NULL, NULL, 0, 0, leaks, STAGE3_ERROR_INIT};
  *now = empty;
  callbacks.user = now;
  callbacks.on_result = on_result;
  if (stage3_config_load(config, &now->config, &now->error) < 0 ||
      stage3_store_load(now->config, &now->store, &now->error) < 0 ||
      stage3_lock_acquire_for_store(now->store, &now->lock, &now->error) < 0 ||
      stage3_runner_new(now->config, &callbacks, 0, &now->runner, &now->error) < 0 ||
      stage3_runner_add_store(now->runner, now->store, NULL, 0, &now->error) < 0) {
    fail("cannot begin", &now->error);
  }
}

static void work(run* now) {
  if (stage3_runner_work(now->runner, &now->error) < 0) fail("broke off", &now->error);
}

static void end(run* now) {
  if (stage3_store_save(now->store, NULL, NULL, &now->error) < 0) fail("not saved", &now->error);
  stage3_runner_free(now->runner);
  stage3_lock_free(now->lock);
  stage3_store_free(now->store);
  stage3_config_free(now->config);
}

static int run_once(const char* config) {
  run now;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  begin(&now, config, 0);
  work(&now);
  stage3_runner_summary(now.runner, &summary, NULL);
  end(&now);
  printf("%zu %zu %zu %zu %zu\nsaved\n", summary.total, summary.ok, summary.failed, summary.offline,
         summary.cancelled);
  return 0;
}

static double milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The thread that cancels. */
typedef struct {
  stage3_runner* runner;
  long after_us;
  int is_deaf;
  double at; /* when it did, in ms */
} canceller;

static void* cancel(void* user) {
  canceller* const c = user;
  const struct timespec pause = {c->after_us / 1000000, c->after_us % 1000000 * 1000};
  nanosleep(&pause, NULL);
  c->at = milliseconds_now();
  if (!c->is_deaf && stage3_runner_cancel(c->runner) < 0) fail("cannot cancel", NULL);
  return NULL;
}

/* How often `word` occurs in a file. */
static int occurrences(const char* path, const char* word) {
  static char text[kMaxFile];
  FILE* const file = fopen(path, "r");
  if (file == NULL) fail(path, NULL);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  int count = 0;
  for (const char* at = text; (at = strstr(at, word)) != NULL; at += strlen(word))
    ++count;
  return count;
}

static void copy_file(const char* from, const char* to) {
  static char bytes[kMaxFile];
  FILE* const in = fopen(from, "r");
  FILE* const out = fopen(to, "w");
  if (in == NULL || out == NULL) fail("cannot copy", NULL);
  const size_t size = fread(bytes, 1, sizeof bytes, in);
  if (fwrite(bytes, 1, size, out) != size) fail("cannot copy", NULL);
  fclose(in);
  fclose(out);
}

static int count_descriptors(void) {
  DIR* const directory = opendir("/proc/self/fd");
  int count = 0;
  while (directory != NULL && readdir(directory) != NULL)
    ++count;
  if (directory != NULL) closedir(directory);
  return count;
}

static void cancel_once(const char* config, const char* state, long after_us, int leaks,
                        int is_deaf) {
  run now;
  pthread_t thread;
  begin(&now, config, leaks);
  canceller c = {now.runner, after_us, is_deaf, 0};
  if (pthread_create(&thread, NULL, cancel, &c) != 0) fail("no thread", NULL);
  work(&now);
  const double ended = milliseconds_now();
  pthread_join(thread, NULL);
  end(&now);
  const double late = ended > c.at ? ended - c.at : 0;
  printf("%.1f %d %d %d\n", late, now.told, now.cancelled, occurrences(state, "\"last_run\""));
}

static int cancel_often(char** argv, const char* mutant) {
  static char output[BUFSIZ];
  const char* const states[] = {argv[2], argv[3]};
  const int rounds = atoi(argv[4]) + kWarmUpRounds;
  const long max_us = atol(argv[5]);
  const int leaks = strcmp(mutant, "leak") == 0;
  const int is_deaf = strcmp(mutant, "deaf") == 0;
  int descriptors = 0;
  long allocations = 0;
  setvbuf(stdout, output, _IOLBF, sizeof output);
  srand48(atol(argv[6]));
  for (int round = 0; round < rounds; ++round) {
    /* The first rounds make what is kept for good; the very first goes on for longer. */
    if (round == kWarmUpRounds) {
      descriptors = count_descriptors();
      allocations = memory_live();
    }
    copy_file(states[round % 2], argv[1]);
    cancel_once(argv[0], argv[1], round == 0 ? 3 * max_us : lrand48() % max_us, leaks, is_deaf);
  }
  printf("%d %ld\n", count_descriptors() - descriptors, memory_live() - allocations);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "run") == 0) return run_once(argv[2]);
  if ((argc == 9 || argc == 10) && strcmp(argv[1], "cancel") == 0)
    return cancel_often(argv + 2, argc == 10 ? argv[9] : "");
  fputs("torture-embedder: see its source for its arguments\n", stderr);
  return 2;
}
