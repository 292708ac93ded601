#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static void one_run_holds_the_lock(void) {
  directory dir = make_directory();
  stage3_lock* lock = NULL;
  stage3_lock* second = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  char process[32];
  char path[128];
  strcpy(path, write_file(&dir, "s.json", "{}"));
  snprintf(process, sizeof process, "%ld", (long)getpid());
  CHECK(stage3_lock_acquire(path, &lock, NULL) == 0);
  CHECK(stage3_lock_acquire(path, &second, &error) == STAGE3_E_LOCKED);
  CHECK(second == NULL);
  CHECK(strstr(error.message, process) != NULL);
  stage3_lock_free(lock);
  CHECK(file_holds(&dir, "s.json.run.lock", ""));
  CHECK(stage3_lock_acquire(path, &second, NULL) == 0);
  stage3_lock_free(second);
  remove_directory(&dir);
}

static void wrong_arguments_are_refused(void) {
  stage3_lock* lock = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_lock_acquire("/nowhere/s.json", &lock, &error) == STAGE3_E_STATE_WRITE);
  CHECK(strstr(error.message, "/nowhere/s.json") != NULL);
  CHECK(stage3_lock_acquire(NULL, &lock, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_lock_acquire("s.json", NULL, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_lock_acquire_for_store(NULL, &lock, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(lock == NULL);
  stage3_lock_free(NULL);
}

/* A directory of another name in the place of the store's own. */
static void the_lock_of_a_store_is_that_of_its_file(void) {
  directory dir = make_directory();
  directory elsewhere = make_directory();
  stage3_config* config = NULL;
  stage3_store* store = NULL;
  stage3_lock* lock = NULL;
  stage3_lock* second = NULL;
  char old_place[128];
  write_file(&dir, "s.json", "{}");
  config = make_config(&dir, "s.json");
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  snprintf(old_place, sizeof old_place, "%s.old", dir.path);
  REQUIRE(rename(dir.path, old_place) == 0);
  REQUIRE(rename(elsewhere.path, dir.path) == 0);
  write_file(&dir, "s.json", "{}");

  CHECK(stage3_lock_acquire_for_store(store, &lock, NULL) == 0);
  CHECK(stage3_lock_acquire_for_store(store, &second, NULL) == STAGE3_E_LOCKED);
  CHECK(stage3_lock_acquire(stage3_store_path(store), &second, NULL) == 0);
  stage3_lock_free(second);
  stage3_lock_free(lock);
  stage3_store_free(store);
  stage3_config_free(config);
  CHECK(file_holds(&dir, "s.json.run.lock", ""));
  remove_directory(&dir);
  REQUIRE(rename(old_place, dir.path) == 0);
  CHECK(file_holds(&dir, "s.json.run.lock", ""));
  remove_directory(&dir);
}

/* Waits for the parent, frees the lock and waits again. */
static void be_a_child(stage3_lock* lock, int parent) {
  char byte;
  if (read(parent, &byte, 1) == 1) stage3_lock_free(lock);
  if (write(parent, &byte, 1) == 1 && read(parent, &byte, 1) == 1) _exit(0);
  _exit(1);
}

static void a_child_holds_the_lock_until_it_frees_it(void) {
  directory dir = make_directory();
  stage3_lock* lock = NULL;
  stage3_lock* second = NULL;
  char path[128];
  char byte = 0;
  int pair[2];
  int status = -1;
  strcpy(path, write_file(&dir, "s.json", "{}"));
  REQUIRE(stage3_lock_acquire(path, &lock, NULL) == 0);
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  fflush(stdout);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    limit_child();
    close(pair[0]);
    be_a_child(lock, pair[1]);
  }
  close(pair[1]);

  stage3_lock_free(lock);
  CHECK(stage3_lock_acquire(path, &second, NULL) == STAGE3_E_LOCKED);
  REQUIRE(write(pair[0], &byte, 1) == 1);
  REQUIRE(read(pair[0], &byte, 1) == 1);
  CHECK(stage3_lock_acquire(path, &second, NULL) == 0);
  REQUIRE(write(pair[0], &byte, 1) == 1);
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  close(pair[0]);
  stage3_lock_free(second);
  remove_directory(&dir);
}

const test_case lock_tests[] = {
    {"one run holds the lock", one_run_holds_the_lock},
    {"the lock of a store is that of its file", the_lock_of_a_store_is_that_of_its_file},
    {"the lock refuses wrong arguments", wrong_arguments_are_refused},
    {"a child holds the lock until it frees it", a_child_holds_the_lock_until_it_frees_it},
    {NULL, NULL}};
