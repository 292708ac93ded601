/* Recording and saving: what goes wrong, what is told meanwhile. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static const char kState[] =
    "{\"A8032A000000\": {\"ip\": \"127.0.0.1:1\"},\n"
    " \"A8032A000001\": {\"ip\": \"127.0.1.1:1\"},\n"
    " \"A8032A000002\": {\"ip\": \"nowhere\"}}\n";

/* A store with results for all its entries, which wait to be saved. */
typedef struct desk {
  directory dir;
  stage3_config* config;
  stage3_store* store;
  int told;
  char text[200];
} desk;

static int record(void* store, const stage3_result* result) {
  CHECK(stage3_store_record(store, result, NULL) == 0);
  return 0;
}

static void run_and_record(desk* d, int is_cancelled) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = NULL;
  callbacks.user = d->store;
  callbacks.on_result = record;
  REQUIRE(stage3_runner_new(d->config, &callbacks, 0, &runner, NULL) == 0);
  REQUIRE(stage3_runner_add_store(runner, d->store, NULL, 0, NULL) == 3);
  if (is_cancelled) REQUIRE(stage3_runner_cancel(runner) == 0);
  REQUIRE(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
}

static desk open_desk(int is_cancelled) {
  desk d;
  memset(&d, 0, sizeof d);
  d.dir = make_directory();
  write_file(&d.dir, "s.json", kState);
  d.config = make_config(&d.dir, "s.json");
  REQUIRE(stage3_store_load(d.config, &d.store, NULL) == 0);
  run_and_record(&d, is_cancelled);
  return d;
}

static void close_desk(desk* d) {
  stage3_store_free(d->store);
  stage3_config_free(d->config);
  remove_directory(&d->dir);
}

static void cancelled_and_unusable_ones_are_not_recorded(void) {
  desk d = open_desk(1);
  CHECK(stage3_store_save(d.store, NULL, NULL, NULL) == 0);
  run_and_record(&d, 0);
  CHECK(stage3_store_save(d.store, NULL, NULL, NULL) == 1);
  CHECK(file_holds(&d.dir, "s.json", "\"A8032A000002\": {\"ip\": \"nowhere\"}}"));
  CHECK(file_holds(&d.dir, "s.json", "offline"));
  close_desk(&d);
}

static void a_failed_save_keeps_the_results(void) {
  desk d = open_desk(0);
  char in_the_way[96];
  stage3_error error = STAGE3_ERROR_INIT;
  snprintf(in_the_way, sizeof in_the_way, "%s/s.json.stage3-tmp", d.dir.path);
  REQUIRE(mkdir(in_the_way, 0700) == 0);
  CHECK(stage3_store_check_writable(d.store, NULL) == STAGE3_E_STATE_WRITE);
  CHECK(stage3_store_save(d.store, NULL, NULL, &error) == STAGE3_E_STATE_WRITE);
  CHECK(strstr(error.message, "cannot write state file ") != NULL);
  REQUIRE(rmdir(in_the_way) == 0);
  CHECK(!file_holds(&d.dir, "s.json", "offline"));
  CHECK(stage3_store_save(d.store, NULL, NULL, NULL) == 1);
  CHECK(file_holds(&d.dir, "s.json", "offline"));
  close_desk(&d);
}

/* The path is the one of the time of loading: for a lock that is taken by it, too. */
static void another_working_directory_makes_no_difference(void) {
  desk d = open_desk(0);
  char before[4096];
  stage3_config* config = NULL;
  stage3_store* store = NULL;
  stage3_lock* lock = NULL;
  REQUIRE(getcwd(before, sizeof before) != NULL);
  REQUIRE(chdir(d.dir.path) == 0);
  REQUIRE(stage3_config_new(&config, NULL) == 0);
  REQUIRE(stage3_config_set(config, "ip_state_file", "s.json", NULL) == 0);
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  REQUIRE(chdir("/") == 0);
  CHECK(strncmp(stage3_store_path(store), d.dir.path, strlen(d.dir.path)) == 0);
  REQUIRE(stage3_lock_acquire(stage3_store_path(store), &lock, NULL) == 0);
  CHECK(stage3_store_check_writable(store, NULL) == 0);
  REQUIRE(chdir(before) == 0);
  stage3_lock_free(lock);
  stage3_store_free(store);
  stage3_config_free(config);
  close_desk(&d);
}

static int note(void* user, int kind, const char* text) {
  desk* const d = user;
  CHECK(kind == STAGE3_SAVE_NOTICE || kind == STAGE3_SAVE_VANISHED ||
        kind == STAGE3_SAVE_AMBIGUOUS);
  ++d->told;
  snprintf(d->text, sizeof d->text, "%d %s", kind, text);
  return 0;
}

static int note_one(void* user, int kind, const char* text) {
  note(user, kind, text);
  return 1;
}

static void a_save_tells_what_has_vanished(void) {
  desk d = open_desk(0);
  write_file(&d.dir, "s.json", "{\"A8032A0000FF\": {}}");
  CHECK(stage3_store_save(d.store, note, &d, NULL) == 0);
  CHECK(d.told == 2);
  CHECK_TEXT(d.text, "2 A8032A000001");
  CHECK(stage3_store_save(d.store, note_one, &d, NULL) == 0);
  CHECK(d.told == 3);
  close_desk(&d);
}

static void a_save_tells_what_has_become_ambiguous(void) {
  desk d = open_desk(0);
  write_file(&d.dir, "s.json",
             "{\"A8032A000000\": {}, \"a8-03-2a-00-00-01\": {}, \"A8032A000001\": {}}");
  CHECK(stage3_store_save(d.store, note, &d, NULL) == 1);
  CHECK(d.told == 1);
  CHECK_TEXT(d.text, "3 A8032A000001");
  close_desk(&d);
}

static void a_file_without_devices_is_no_place_for_results(void) {
  desk d = open_desk(0);
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_store_check_writable(d.store, NULL) == 0);
  CHECK(stage3_store_check_still_writable(d.store, NULL) == 0);
  write_file(&d.dir, "s.json", "{}");
  CHECK(stage3_store_save(d.store, NULL, NULL, &error) == STAGE3_E_STATE_WRITE);
  CHECK(strstr(error.message, "it holds no device any more") != NULL);
  write_file(&d.dir, "s.json", kState);
  CHECK(stage3_store_save(d.store, NULL, NULL, NULL) == 1);
  remove(write_file(&d.dir, "s.json", ""));
  CHECK(stage3_store_check_still_writable(d.store, &error) == STAGE3_E_STATE_WRITE);
  CHECK(strstr(error.message, "No such file or directory") != NULL);
  CHECK(stage3_store_check_still_writable(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  write_file(&d.dir, "s.json", kState);
  close_desk(&d);
}

static void a_save_gives_notice(void) {
  desk d = open_desk(0);
  /* What somebody's save has left behind when it was ended in the middle. */
  write_file(&d.dir, "s.json.stage3-tmp", "{\"A8032A000000\": {\"ip\": \"127.0.0.9\"}}");
  CHECK(stage3_store_save(d.store, note, &d, NULL) == 1);
  CHECK(d.told == 1);
  CHECK(strncmp(d.text, "1 ", 2) == 0);
  close_desk(&d);
}

/* The save is over by then: the store can even be freed. */
static int do_it_all(void* user, int kind, const char* text) {
  desk* const d = user;
  stage3_store* const store = d->store;
  tally counts = {0, {0}, 0};
  stage3_runner* const runner = make_runner(&counts);
  (void)kind;
  add_devices(runner, 1, "127.0.0.1:1");
  CHECK(stage3_runner_work(runner, NULL) == 0);
  stage3_runner_free(runner);
  CHECK(counts.results == 1);
  run_and_record(d, 0);
  CHECK(stage3_store_save(store, NULL, NULL, NULL) == 0);
  d->store = NULL;
  stage3_store_free(store);
  CHECK_TEXT(text, "A8032A000000");
  ++d->told;
  return 1;
}

static void everything_may_be_done_while_told(void) {
  desk d = open_desk(0);
  write_file(&d.dir, "s.json", "{\"A8032A0000FF\": {}}");
  CHECK(stage3_store_save(d.store, do_it_all, &d, NULL) == 0);
  CHECK(d.told == 1);
  close_desk(&d);
}

static int check_again(void* user, int line, int column, int fatal, const char* message) {
  desk* const d = user;
  CHECK(line > 0 && column > 0 && !fatal && message[0] != '\0');
  ++d->told;
  if (d->config != NULL) {
    CHECK(stage3_store_check(d->config, NULL, NULL, NULL) == 1);
    stage3_config_free(d->config);
    d->config = NULL;
  }
  return d->told == 2;
}

static void problems_are_told_until_it_is_enough(void) {
  desk d = open_desk(0);
  stage3_config* const config = d.config;
  write_file(&d.dir, "s.json", "{\"a\": {}, \"b\": {}, \"c\": {}}");
  CHECK(stage3_store_check(config, check_again, &d, NULL) == 1);
  CHECK(d.told == 2);
  close_desk(&d);
}

typedef struct saver {
  stage3_store* store;
  int release; /* written to when the save has returned */
  int code;
  stage3_error error;
  pthread_t thread;
} saver;

static void* save(void* pointer) {
  saver* const s = pointer;
  s->code = stage3_store_save(s->store, NULL, NULL, &s->error);
  CHECK(write(s->release, "", 1) == 1);
  return NULL;
}

/* One of them holds the turn, for as long as the lock file is somebody else's. */
static void a_second_thread_may_not_save(void) {
  desk d = open_desk(0);
  const stage3_error none = STAGE3_ERROR_INIT;
  saver savers[2];
  int done[2];
  char byte;
  const int lock = open(write_file(&d.dir, "s.json.lock", ""), O_RDWR | O_CLOEXEC);
  REQUIRE(lock >= 0 && flock(lock, LOCK_EX) == 0);
  REQUIRE(pipe(done) == 0);
  for (int i = 0; i < 2; ++i) {
    const saver one = {d.store, done[1], 99, none, 0};
    savers[i] = one;
    REQUIRE(pthread_create(&savers[i].thread, NULL, save, &savers[i]) == 0);
  }
  REQUIRE(read(done[0], &byte, 1) == 1);
  close(lock);
  for (int i = 0; i < 2; ++i)
    pthread_join(savers[i].thread, NULL);
  const saver* const refused = savers[0].code < 0 ? &savers[0] : &savers[1];
  CHECK(refused->code == STAGE3_E_REENTRANT);
  CHECK(refused->error.code == STAGE3_E_REENTRANT);
  CHECK(savers[0].code + savers[1].code == STAGE3_E_REENTRANT + 1);
  close(done[0]);
  close(done[1]);
  close_desk(&d);
}

const test_case saving_tests[] = {
    {"cancelled and unusable devices are not recorded",
     cancelled_and_unusable_ones_are_not_recorded},
    {"a failed save keeps the results", a_failed_save_keeps_the_results},
    {"another working directory makes no difference",
     another_working_directory_makes_no_difference},
    {"a save tells what has become ambiguous", a_save_tells_what_has_become_ambiguous},
    {"a file without devices is no place for results",
     a_file_without_devices_is_no_place_for_results},
    {"a save tells what has vanished", a_save_tells_what_has_vanished},
    {"a save gives notice", a_save_gives_notice},
    {"everything may be done while a save tells", everything_may_be_done_while_told},
    {"problems are told until it is enough", problems_are_told_until_it_is_enough},
    {"a second thread may not save", a_second_thread_may_not_save},
    {NULL, NULL}};
