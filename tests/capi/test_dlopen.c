/*
 * The library as a plug-in: loaded, used and unloaded again and again in one process, of which
 * nothing must be left. Chunks that glibc keeps for a thread count as in use: it is to be started
 * with GLIBC_TUNABLES=glibc.malloc.tcache_count=0.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fake_fleet.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { kDevices = 16, kRounds = 48, kWarmUp = 4 };

/* The functions that a host needs. */
typedef struct functions {
  int (*config_new)(stage3_config**, stage3_error*);
  int (*config_set)(stage3_config*, const char*, const char*, stage3_error*);
  void (*config_free)(stage3_config*);
  int (*runner_new)(const stage3_config*, const stage3_callbacks*, unsigned, stage3_runner**,
                    stage3_error*);
  int (*runner_add)(stage3_runner*, const stage3_device*, stage3_error*);
  int (*runner_work)(stage3_runner*, stage3_error*);
  void (*runner_free)(stage3_runner*);
  int (*result_outcome)(const stage3_result*);
} functions;

static const char* library_path;
static functions call;

/* ISO C knows no way from an object's address to a function's. */
static void find(void* library, const char* name, void* function, size_t size) {
  void* const address = dlsym(library, name);
  REQUIRE(address != NULL && size == sizeof address);
  memcpy(function, &address, size);
}

static void* load(void) {
  void* const library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) printf("%s\n", dlerror());
  REQUIRE(library != NULL);
  find(library, "stage3_config_new", &call.config_new, sizeof call.config_new);
  find(library, "stage3_config_set", &call.config_set, sizeof call.config_set);
  find(library, "stage3_config_free", &call.config_free, sizeof call.config_free);
  find(library, "stage3_runner_new", &call.runner_new, sizeof call.runner_new);
  find(library, "stage3_runner_add", &call.runner_add, sizeof call.runner_add);
  find(library, "stage3_runner_work", &call.runner_work, sizeof call.runner_work);
  find(library, "stage3_runner_free", &call.runner_free, sizeof call.runner_free);
  find(library, "stage3_result_outcome", &call.result_outcome, sizeof call.result_outcome);
  return library;
}

static void unload(void* library) {
  CHECK(dlclose(library) == 0);
  /* Nothing keeps it: no thread, no destructor of a thread-local, no unique symbol. */
  CHECK(dlopen(library_path, RTLD_NOW | RTLD_NOLOAD) == NULL);
}

static int on_result(void* outcomes, const stage3_result* result) {
  ++((int*)outcomes)[call.result_outcome(result)];
  return 0;
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  (void)user;
  (void)mac;
  (void)realm;
  snprintf(password, size, "secret");
  return 0;
}

static void run(const fake_fleet* fleet) {
  int outcomes[5] = {0};
  stage3_config* config = NULL;
  stage3_runner* runner = NULL;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = outcomes;
  callbacks.on_result = on_result;
  callbacks.on_password = on_password;
  REQUIRE(call.config_new(&config, NULL) == 0);
  CHECK(call.config_set(config, "ota.mode", "check_only", NULL) == 0);
  REQUIRE(call.runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  for (int i = 0; i < fleet->count; ++i) {
    const fleet_member member = member_of(fleet, i);
    stage3_device device = STAGE3_DEVICE_INIT;
    device.mac = member.mac;
    device.address = member.address;
    CHECK(call.runner_add(runner, &device, NULL) == 0);
  }
  CHECK(call.runner_work(runner, NULL) == 0);
  call.runner_free(runner);
  call.config_free(config);
  CHECK(outcomes[STAGE3_OUTCOME_OK] == fleet->count);
}

static int count_entries(const char* path) {
  int count = 0;
  DIR* const entries = opendir(path);
  REQUIRE(entries != NULL);
  while (readdir(entries) != NULL)
    ++count;
  closedir(entries);
  return count;
}

/* Lines of /proc/self/maps that name the library. */
static int count_mappings(void) {
  char line[4096];
  int count = 0;
  FILE* const maps = fopen("/proc/self/maps", "re");
  REQUIRE(maps != NULL);
  while (fgets(line, sizeof line, maps) != NULL)
    count += strstr(line, library_path) != NULL;
  fclose(maps);
  return count;
}

typedef struct remains {
  int descriptors;
  int threads;
  int mappings;
  size_t bytes;
} remains;

static size_t count_bytes(void) {
#ifdef __GLIBC__
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

static remains look(void) {
  const remains now = {count_entries("/proc/self/fd"), count_entries("/proc/self/task"),
                       count_mappings(), count_bytes()};
  return now;
}

static remains after_rounds(const fake_fleet* fleet, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    void* const library = load();
    run(fleet);
    unload(library);
  }
  return look();
}

static void nothing_is_left_of_it(void) {
  fake_fleet fleet;
  start_fake_fleet(&fleet, kDevices, FLEET_LOGIN);
  const remains at_first = look();
  /* What other libraries keep for good, and what the loader remembers. */
  const remains before = after_rounds(&fleet, kWarmUp);
  const remains after = after_rounds(&fleet, kRounds);
  CHECK(after.descriptors == at_first.descriptors);
  CHECK(after.threads == at_first.threads);
  CHECK(after.mappings == 0);
  printf("bytes in use: %zu at first, %zu after %d rounds, %zu after %d more\n", at_first.bytes,
         before.bytes, kWarmUp, after.bytes, kRounds);
  CHECK(after.bytes < before.bytes + (size_t)kRounds * 16);
  stop_fake_fleet(&fleet);
}

static const test_case plug_in_tests[] = {
    {"nothing is left of a library that was unloaded", nothing_is_left_of_it}, {NULL, NULL}};

int main(int count, char** arguments) {
  const test_case* const lists[] = {plug_in_tests, NULL};
  if (count != 2) return 2;
  library_path = arguments[1];
  return run_tests(lists);
}
