/*
 * A provisioning stage that has found its devices by itself and knows them in memory: no state
 * file, no configuration file, four threads of its own.
 *
 *   printf '%s\n' 'A8032ABE54DC 192.168.1.35 Wohnzimmer' | SHELLY_PASSWORD=geheim stage1_link
 */
#include <pthread.h>
#include <signal.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { thread_count = 4, max_devices = 1000 };

/* What this stage has found out so far. */
typedef struct {
  char mac[32];
  char address[64];
  char name[256];
} found_device;

typedef struct {
  found_device devices[max_devices];
  size_t device_count;
  const char* password;

  pthread_mutex_t mutex; /* for what follows */
  const stage3_result* results[max_devices];
  size_t result_count;
} stage;

static stage3_runner* the_runner; /* for the signal handler */

static void on_interrupt(int number) {
  (void)number;
  /* NOLINTNEXTLINE(bugprone-signal-handler): stage3.h says that it may be called here. */
  stage3_runner_cancel(the_runner);
}

/* On whichever thread has finished the device. */
static int on_result(void* user, const stage3_result* result) {
  stage* own = user;
  pthread_mutex_lock(&own->mutex);
  own->results[own->result_count++] = stage3_result_ref(result);
  pthread_mutex_unlock(&own->mutex);
  return 0;
}

static int on_password(void* user, const char* mac, const char* realm, char* password,
                       size_t size) {
  const stage* own = user;
  (void)mac, (void)realm;
  if (own->password != NULL) snprintf(password, size, "%s", own->password);
  return 0;
}

static void* work(void* runner) {
  stage3_error error = STAGE3_ERROR_INIT;
  if (stage3_runner_work(runner, &error) < 0) fprintf(stderr, "%s\n", error.message);
  return NULL;
}

/* Stands for the work of the stage itself: MAC, address and name of a device from each line. */
static void find_devices(stage* own) {
  char line[512];
  while (own->device_count < max_devices && fgets(line, sizeof line, stdin) != NULL) {
    found_device* found = &own->devices[own->device_count];
    if (sscanf(line, "%31s %63s %255[^\n]", found->mac, found->address, found->name) >= 2)
      ++own->device_count;
  }
}

static int add_devices(stage* own, stage3_runner* runner, stage3_error* error) {
  int code = 0;
  for (size_t i = 0; code >= 0 && i < own->device_count; ++i) {
    stage3_device device = STAGE3_DEVICE_INIT;
    device.mac = own->devices[i].mac;
    device.address = own->devices[i].address;
    device.wanted_name = own->devices[i].name[0] != '\0' ? own->devices[i].name : NULL;
    device.user = &own->devices[i];
    code = stage3_runner_add(runner, &device, error);
  }
  return code;
}

static void work_on_threads(stage3_runner* runner) {
  pthread_t threads[thread_count];
  int started = 0;
  while (started < thread_count && pthread_create(&threads[started], NULL, work, runner) == 0)
    ++started;
  if (started == 0) work(runner);
  while (started > 0)
    pthread_join(threads[--started], NULL);
}

/* What a device says about itself must not reach a terminal as it is. */
static void print_result(const stage3_result* result) {
  const found_device* found = stage3_result_user(result);
  const char* errors = stage3_result_error_text(result);
  char text[1024] = "";
  if (errors != NULL) stage3_escape(errors, text, sizeof text);
  printf("%s %s %s %s\n", found->mac, stage3_outcome_word(stage3_result_outcome(result)),
         stage3_ota_status_word(stage3_result_ota_status(result)), text);
}

int main(void) {
  static stage own = {.mutex = PTHREAD_MUTEX_INITIALIZER};
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;

  find_devices(&own);
  own.password = getenv("SHELLY_PASSWORD");
  callbacks.user = &own;
  callbacks.on_result = on_result;
  callbacks.on_password = on_password;

  int code = stage3_config_new(&config, &error);
  if (code >= 0) code = stage3_config_set(config, "concurrency", "100", &error);
  if (code >= 0) code = stage3_runner_new(config, &callbacks, 0, &the_runner, &error);
  if (code >= 0) code = add_devices(&own, the_runner, &error);
  if (code >= 0) {
    signal(SIGINT, on_interrupt);
    work_on_threads(the_runner);
    signal(SIGINT, SIG_DFL);
  } else {
    fprintf(stderr, "%s\n", error.message);
  }

  for (size_t i = 0; i < own.result_count; ++i) {
    print_result(own.results[i]);
    stage3_result_unref(own.results[i]);
  }
  const int stopped = the_runner != NULL && stage3_runner_cancelled(the_runner);
  stage3_runner_free(the_runner);
  stage3_config_free(config);
  return code < 0 || stopped;
}
