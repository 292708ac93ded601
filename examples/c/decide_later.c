/* As minimal.c, but another thread decides about each update: here only releases are installed. The
 * run goes on with other devices meanwhile. */
#include <pthread.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct question {
  char mac[16];
  char version[64];
} question;

typedef struct decider {
  stage3_runner* runner;
  int asks[2]; /* a pipe */
} decider;

static int on_update(void* user, const stage3_update_request* request, int* ret_decision) {
  const decider* own = user;
  question asked;
  snprintf(asked.mac, sizeof asked.mac, "%s", request->device->mac);
  snprintf(asked.version, sizeof asked.version, "%s", request->version);
  if (write(own->asks[1], &asked, sizeof asked) == (ssize_t)sizeof asked)
    *ret_decision = STAGE3_UPDATE_LATER;
  return 0;
}

/* May take as long as it likes: nothing is held for the device. */
static int is_wanted(const question* asked) {
  return strchr(asked->version, '-') == NULL;
}

static void* decide(void* user) {
  const decider* own = user;
  question asked;
  while (read(own->asks[0], &asked, sizeof asked) == (ssize_t)sizeof asked) {
    const int counts = stage3_runner_permit(own->runner, asked.mac, is_wanted(&asked), NULL);
    if (counts == 0) fprintf(stderr, "%s: too late, the device is done\n", asked.mac);
  }
  return NULL;
}

static int on_result(void* user, const stage3_result* result) {
  char key[64];
  (void)user;
  stage3_escape(stage3_result_key(result), key, sizeof key);
  printf("%s %s\n", key, stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
}

int main(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  decider own = {NULL, {-1, -1}};
  stage3_config* config = NULL;
  stage3_job* job = NULL;
  pthread_t thread;
  int code = 0;
  callbacks.user = &own;
  callbacks.on_update = on_update;
  callbacks.on_result = on_result;

  if (pipe(own.asks) != 0) return 1;
  code = stage3_config_load("data/config.yaml", &config, &error);
  if (code >= 0) code = stage3_job_new(config, &callbacks, 0, NULL, 0, &job, &error);
  if (code >= 0) {
    own.runner = stage3_job_runner(job);
    if (pthread_create(&thread, NULL, decide, &own) != 0) return 1;
    code = stage3_job_run(job, &error);
    close(own.asks[1]); /* no more questions */
    pthread_join(thread, NULL);
  }
  if (code < 0) fprintf(stderr, "%s\n", error.message);
  stage3_job_free(job);
  stage3_config_free(config);
  return code < 0;
}
