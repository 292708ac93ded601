/*
 * Runs stage 3 over a fleet again and again through the C interface, and each time another
 * allocation fails.
 *
 *   torture-allocations CONFIG STATE_A STATE_B STATE once|for-good FIRST STEP [leak]
 *
 * CONFIG names STATE as its state file, which STATE_A and STATE_B take turns to overwrite. The
 * FIRST-th allocation of a run fails, then each STEP-th behind it. Prints each one's number before
 * its run and at the end how many failed of how many there are. The first thing found wrong is told
 * and ends the program with 1. With `leak` it forgets to free its results, to show that this is
 * found.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keys.h"
#include "memory.h"

enum { kMaxFile = 65536 };

/* The library starts no thread; who tries is told that there is none to be had. */
static int threads_wanted;

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  (void)thread, (void)attributes, (void)start, (void)argument;
  ++threads_wanted;
  return EAGAIN;
}

static int leaks_results; /* the mutant */

/* What one run did. */
typedef struct {
  stage3_store* store;
  size_t added;
  size_t results;
  size_t ok;
  int disturbed;
  const char* keys; /* what was wrong with what was told of TLS keys, or NULL */
  int recording;    /* the first error of recording, or 0 */
  int jsons_missing;
  int destroyed;
} run;

/* What failed, in the words of the library; 0: nothing. */
typedef struct {
  stage3_error error;
  int code;
  int saved;
  int made;            /* a runner */
  unsigned long asked; /* for memory */
  const char* where;
} outcome;

static int on_result(void* user, const stage3_result* result) {
  run* now = user;
  ++now->results;
  if (stage3_result_outcome(result) == STAGE3_OUTCOME_OK) ++now->ok;
  if (leaks_results) stage3_result_ref(result);
  if (stage3_result_json(result) == NULL) ++now->jsons_missing;
  if (!now->disturbed) keys_learn(result);
  if (now->keys == NULL) now->keys = keys_wrong(result);
  const int code = stage3_store_record(now->store, result, NULL);
  if (code < 0 && now->recording == 0) now->recording = code;
  return 0;
}

static int on_event(void* user, int kind, const stage3_device* device) {
  (void)user, (void)kind, (void)device;
  return 0;
}

static int on_log(void* user, int level, const char* text) {
  (void)user, (void)level, (void)text;
  return 0;
}

static void destroy(void* user) {
  ++((run*)user)->destroyed;
}

/* Remembers the step that failed. */
static int went_well(outcome* told, const char* where, int code, const stage3_error* error) {
  if (code >= 0) return 1;
  told->code = code;
  told->where = where;
  told->error = *error;
  return 0;
}

static outcome do_run(const char* config_path, run* now) {
  outcome told = {STAGE3_ERROR_INIT, 0, 0, 0, 0, ""};
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;
  stage3_lock* lock = NULL;
  stage3_runner* runner = NULL;

  callbacks.user = now;
  callbacks.on_result = on_result;
  callbacks.on_event = on_event;
  callbacks.on_log = on_log;
  callbacks.destroy = destroy;

#define DO(call) went_well(&told, #call, (call), &error)
  if (DO(stage3_config_load(config_path, &config, &error)) &&
      DO(stage3_store_load(config, &now->store, &error)) &&
      DO(stage3_lock_acquire_for_store(now->store, &lock, &error)) &&
      DO(stage3_store_check_writable(now->store, &error)) &&
      DO(stage3_runner_new(config, &callbacks, 0, &runner, &error)) &&
      DO((int)(now->added =
                   (size_t)stage3_runner_add_store(runner, now->store, NULL, 0, &error)))) {
    DO(stage3_runner_work(runner, &error));
    stage3_error save_error = STAGE3_ERROR_INIT;
    const int saved = stage3_store_save(now->store, NULL, NULL, &save_error);
    told.saved = saved >= 0;
    if (told.code >= 0) went_well(&told, "stage3_store_save", saved, &save_error);
  }
#undef DO
  told.made = runner != NULL;
  stage3_runner_free(runner);
  stage3_lock_free(lock);
  stage3_store_free(now->store);
  stage3_config_free(config);
  return told;
}

/* Without an allocation, so that it does not fail either. */
static void copy_file(const char* from, const char* to) {
  static char bytes[kMaxFile];
  const int in = open(from, O_RDONLY);
  const int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const ssize_t size = read(in, bytes, sizeof bytes);
  if (in < 0 || out < 0 || size <= 0 || write(out, bytes, (size_t)size) != size) {
    perror(to);
    exit(2);
  }
  close(in);
  close(out);
}

/* What is wrong with how a run went, or NULL. Nothing fails quietly: results are told, or an error.
 */
static const char* wrong(const run* now, const outcome* told) {
  if (now->destroyed != told->made) return "destroy was not called once for a runner";
  if (threads_wanted != 0) return "a thread was started";
  if (now->results > now->added) return "a device was told twice";
  if (now->keys != NULL) return now->keys;
  if (told->code < 0 && told->code != STAGE3_E_NOMEM) return "another error than NOMEM";
  if (told->code < 0 && strstr(told->error.message, "memory") == NULL)
    return "memory is not mentioned";
  if (now->recording < 0 && now->recording != STAGE3_E_NOMEM) return "another error than NOMEM";
  if (told->code >= 0 && now->results != now->added) return "no error, and devices are not told";
  if (!now->disturbed && (now->ok + keys_changed() != now->added || now->ok == 0 || !told->saved ||
                          now->jsons_missing))
    return "the undisturbed run failed";
  return NULL;
}

/* Memory that is not freed after a run, compared with `kept`. A thread of libcurl may take a while.
 */
static long leaked(long kept) {
  const struct timespec pause = {0, 10000000};
  for (int i = 0; i < 100 && memory_live() != kept; ++i)
    nanosleep(&pause, NULL);
  return memory_live() - kept;
}

typedef struct {
  const char* config;
  const char* states[2];
  const char* state;
} files;

/* One run with the `number`-th allocation failing, or none for 0; returns what was wrong. */
static const char* try_run(const files* paths, unsigned long number, int for_good, outcome* told) {
  static unsigned runs;
  run now = {.disturbed = number != 0};
  copy_file(paths->states[runs++ % 2], paths->state);
  memory_fail_at(number, for_good);
  *told = do_run(paths->config, &now);
  told->asked = memory_asked();
  memory_fail_at(0, 0);
  /* OpenSSL keeps its last errors for each thread. */
  OPENSSL_thread_stop();
  return wrong(&now, told);
}

/* Whether memory is lost each time that this allocation fails. OpenSSL makes once and keeps what it
   could not make before; `kept` follows that. */
static int leaks(const files* paths, unsigned long number, int for_good, long* kept) {
  enum { kTimes = 4 };
  outcome told;
  for (int i = 0; i < kTimes; ++i) {
    const long lost = leaked(*kept);
    if (lost == 0) return 0;
    printf("%ld allocations are not freed\n", lost);
    *kept = memory_live();
    if (lost < 0) return 0;
    try_run(paths, number, for_good, &told);
  }
  return 1;
}

static int fail(unsigned long number, const char* text, const outcome* told) {
  printf("allocation %lu: %s (%d %s: %s)\n", number, text, told->code, told->where,
         told->error.message);
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 8 && argc != 9) return 2;
  const files paths = {argv[1], {argv[2], argv[3]}, argv[4]};
  const int for_good = strcmp(argv[5], "for-good") == 0;
  const unsigned long first = strtoul(argv[6], NULL, 10);
  const unsigned long step = strtoul(argv[7], NULL, 10);
  leaks_results = argc == 9;
  outcome told;
  static char output[BUFSIZ];
  setvbuf(stdout, output, _IOLBF, sizeof output);

  /* What is made once and kept is made now; an exception's first throw is among it. */
  try_run(&paths, 1, 0, &told);
  for (int i = 0; i < 3; ++i) {
    const char* const text = try_run(&paths, 0, 0, &told);
    if (text != NULL) return fail(0, text, &told);
  }
  const unsigned long all = told.asked;
  long kept = memory_live();

  unsigned long runs = 0;
  for (unsigned long number = first; number <= all; number += step, ++runs) {
    printf("%lu\n", number);
    const char* const text = try_run(&paths, number, for_good, &told);
    if (text != NULL) return fail(number, text, &told);
    if (leaks(&paths, number, for_good, &kept)) return fail(number, "memory was leaked", &told);
  }
  printf("%lu of %lu\n", runs, all);
  return 0;
}
