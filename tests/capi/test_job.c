/* A run from file to file: stage3_run() and stage3_job_...(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fake_fleet.h"
#include "shelly.h"
#include "support.h"

static const char kState[] =
    "{\"A8032A000000\": {\"ip\": \"127.0.0.1:1\"},\n"
    " \"A8032A000001\": {\"ip\": \"127.0.1.1:1\"},\n"
    " \"A8032A000002\": {\"ip\": \"nowhere\"}}\n";

enum { kEntries = 3 };

/* A directory with a state file and a configuration that names it. */
typedef struct site {
  directory dir;
  char config_path[200];
  stage3_config* config;
} site;

static site open_site(const char* options) {
  site s;
  char yaml[512];
  s.dir = make_directory();
  write_file(&s.dir, "s.json", kState);
  snprintf(yaml, sizeof yaml, "stage3: {ip_state_file: %s/s.json%s}\n", s.dir.path, options);
  snprintf(s.config_path, sizeof s.config_path, "%s", write_file(&s.dir, "c.yaml", yaml));
  REQUIRE(stage3_config_load(s.config_path, &s.config, NULL) == 0);
  return s;
}

static void close_site(site* s) {
  stage3_config_free(s->config);
  remove_directory(&s->dir);
}

static stage3_job* open_job(site* s, const stage3_callbacks* callbacks) {
  stage3_job* job = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  const int code = stage3_job_new(s->config, callbacks, 0, NULL, 0, &job, &error);
  CHECK_TEXT(error.message, "");
  REQUIRE(code == 0);
  return job;
}

static int is_recorded(site* s) {
  return file_holds(&s->dir, "s.json", "\"ota_status\": \"offline\"");
}

static void run_does_it_all(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_run(s.config_path, 0, &callbacks, &summary, NULL) == 0);
  CHECK(counts.results == kEntries && counts.destroyed == 1);
  CHECK(summary.total == kEntries && summary.offline == 2 && summary.failed == 1);
  CHECK(is_recorded(&s) && file_holds(&s.dir, "s.json.bak", kState));
  /* The lock is let go. */
  CHECK(stage3_run(s.config_path, 0, NULL, NULL, NULL) == 0);
  close_site(&s);
}

static void dry_run_changes_nothing(void) {
  site s = open_site("");
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_run(s.config_path, STAGE3_RUN_DRY, NULL, &summary, NULL) == 0);
  CHECK(summary.total == kEntries && summary.offline == 2);
  CHECK(file_holds(&s.dir, "s.json", kState) && !is_recorded(&s));
  close_site(&s);
}

static int note_disabled(void* user, int level, const char* text) {
  *(int*)user += level == STAGE3_LOG_WARNING && strstr(text, "enabled: false") != NULL;
  return 0;
}

static void disabled_run_says_so(void) {
  site s = open_site(", enabled: false");
  int said = 0;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  callbacks.user = &said;
  callbacks.on_log = note_disabled;
  write_file(&s.dir, "s.json", "not even JSON");
  CHECK(stage3_run(s.config_path, 0, &callbacks, &summary, NULL) == 0);
  CHECK(said == 1 && summary.total == 0);
  close_site(&s);
}

static void what_prevents_a_run_is_an_error(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_job* holder = open_job(&s, NULL);
  const char* const nowhere[] = {"127.9.9.9"};
  stage3_job* job = NULL;
  CHECK(stage3_run(s.config_path, 0, &callbacks, NULL, &error) == STAGE3_E_LOCKED);
  stage3_job_free(holder);
  CHECK(stage3_job_new(s.config, &callbacks, 0, nowhere, 1, &job, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "127.9.9.9") != NULL && job == NULL);
  CHECK(stage3_run("/nowhere.yaml", 0, &callbacks, NULL, NULL) == STAGE3_E_CONFIG);
  write_file(&s.dir, "s.json", "{");
  CHECK(stage3_run(s.config_path, 0, &callbacks, NULL, NULL) == STAGE3_E_STATE_READ);
  CHECK(counts.results == 0 && counts.destroyed == 0);
  close_site(&s);
}

static void bad_arguments_are_refused(void) {
  site s = open_site("");
  stage3_job* job = NULL;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_run(NULL, 0, NULL, &summary, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_run(s.config_path, 4, NULL, &summary, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_new(NULL, NULL, 0, NULL, 0, &job, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_new(s.config, NULL, 0, NULL, 0, NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_run(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_save_is_due(NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_save_if_due(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_finish(NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  stage3_job_free(NULL);
  CHECK(!is_recorded(&s));
  close_site(&s);
}

static void job_is_driven_by_workers(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_job* job = open_job(&s, &callbacks);
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(stage3_job_runner(job), &worker, NULL) == 0);
  CHECK(stage3_worker_run(worker, NULL) == 0);
  CHECK(counts.results == kEntries);
  /* All have come: it is time. */
  CHECK(stage3_job_save_is_due(job) == 1 && !is_recorded(&s));
  CHECK(stage3_job_save_if_due(job, NULL) == 0);
  CHECK(stage3_job_save_is_due(job) == 0 && is_recorded(&s));
  stage3_worker_free(worker);
  CHECK(stage3_job_finish(job, NULL) == 0 && stage3_job_finish(job, NULL) == 0);
  /* The lock is let go before the job is freed. */
  CHECK(stage3_run(s.config_path, 0, NULL, NULL, NULL) == 0);
  stage3_job_free(job);
  CHECK(counts.destroyed == 1);
  close_site(&s);
}

static void job_selects_by_address(void) {
  site s = open_site("");
  const char* const one[] = {"127.0.1.1"};
  stage3_job* job = NULL;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  REQUIRE(stage3_job_new(s.config, NULL, 0, one, 1, &job, NULL) == 0);
  CHECK(stage3_job_run(job, NULL) == 0);
  CHECK(stage3_runner_summary(stage3_job_runner(job), &summary, NULL) == 0);
  CHECK(summary.total == 1 && summary.offline == 1);
  stage3_job_free(job);
  close_site(&s);
}

static void errors_name_the_file_once(void) {
  site s = open_site("");
  const char* const nowhere[] = {"127.99.0.1"};
  const char* const host[] = {"host"};
  const char* const nobody[] = {"name=zzz"};
  stage3_job* job = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  const char* message = NULL;
  CHECK(stage3_job_new(s.config, NULL, 0, nowhere, 1, &job, &error) == STAGE3_E_INVALID_ARGUMENT);
  message = strstr(error.message, "s.json: no device has the address '127.99.0.1'");
  CHECK(message != NULL && strstr(message + 1, "s.json") == NULL && error.path[0] != '\0');
  CHECK(stage3_job_new_selected(s.config, NULL, 0, nobody, 1, &job, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  message = strstr(error.message, "s.json: no device is selected by 'name=zzz'");
  CHECK(message != NULL && strstr(message + 1, "s.json") == NULL && error.path[0] != '\0');
  CHECK(stage3_job_new(s.config, NULL, 0, host, 1, &job, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "'host' is a host name") == error.message && error.path[0] == '\0');
  close_site(&s);
}

static void job_selects_by_what_is_on_record(void) {
  site s = open_site("");
  const char* const retry[] = {"status=failed,offline", "ip=127.0.1.0/24"};
  const char* const wrong[] = {"status=failed", "staus=new"};
  stage3_job* job = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  CHECK(stage3_job_new_selected(s.config, NULL, 0, retry, 2, &job, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "no device is selected by 'status=failed,offline, ip=") != NULL);
  CHECK(stage3_job_new_selected(s.config, NULL, 0, wrong, 2, &job, &error) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "did you mean 'status'?") != NULL && job == NULL);
  CHECK(stage3_job_new_selected(s.config, NULL, 0, NULL, 2, &job, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_new_selected(s.config, NULL, 4, retry, 2, &job, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_new_selected(NULL, NULL, 0, retry, 2, &job, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_job_new_selected(s.config, NULL, 0, retry, 2, NULL, NULL) ==
        STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_run(s.config_path, 0, NULL, NULL, NULL) == 0);
  REQUIRE(stage3_job_new_selected(s.config, NULL, 0, retry, 2, &job, NULL) == 0);
  CHECK(stage3_job_run(job, NULL) == 0);
  CHECK(stage3_runner_summary(stage3_job_runner(job), &summary, NULL) == 0);
  CHECK(summary.total == 1 && summary.offline == 1);
  stage3_job_free(job);
  close_site(&s);
}

static void what_cannot_be_saved_is_an_error_once(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_job* job = open_job(&s, &callbacks);
  stage3_error error = STAGE3_ERROR_INIT;
  write_file(&s.dir, "s.json", "damaged meanwhile");
  CHECK(stage3_job_run(job, &error) == STAGE3_E_STATE_WRITE);
  CHECK(counts.results == kEntries && strstr(error.message, "s.json") != NULL);
  CHECK(stage3_job_finish(job, NULL) == 0);
  CHECK(file_holds(&s.dir, "s.json", "damaged meanwhile"));
  stage3_job_free(job);
  close_site(&s);
}

static int cancel_at_once(void* user, const stage3_result* result) {
  (void)result;
  ++*(int*)user;
  return 1;
}

static void cancelled_run_saves_what_is_known(void) {
  site s = open_site("");
  int results = 0;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = &results;
  callbacks.on_result = cancel_at_once;
  CHECK(stage3_run(s.config_path, 0, &callbacks, NULL, NULL) == 0);
  CHECK(results == kEntries);
  close_site(&s);
}

static void job_takes_no_other_device(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_job* job = open_job(&s, &callbacks);
  stage3_device device = make_device("A8032A000009", "127.0.0.9:1");
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_runner_add(stage3_job_runner(job), &device, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "a job's") != NULL);
  CHECK(stage3_job_run(job, NULL) == 0 && counts.results == kEntries);
  stage3_job_free(job);
  close_site(&s);
}

static void finishing_early_leaves_the_rest_alone(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_job* job = open_job(&s, &callbacks);
  stage3_runner* runner = stage3_job_runner(job);
  CHECK(stage3_job_finish(job, NULL) == 0);
  CHECK(stage3_runner_cancelled(runner) == 1);
  CHECK(stage3_job_save_is_due(job) == 0);
  CHECK(stage3_runner_work(runner, NULL) == 0);
  CHECK(counts.outcomes[STAGE3_OUTCOME_CANCELLED] == kEntries && !is_recorded(&s));
  stage3_job_free(job);
  close_site(&s);
}

enum { FLEET = 3 };

static int is_sent(site* s) {
  return file_holds(&s->dir, "s.json", "\"state\": \"sent\"");
}

/* The site of a fleet whose devices are to be updated. */
static site open_fleet_site(const fake_fleet* fleet) {
  site s = open_site(", ota: {mode: check_and_update, rate: 0}, friendly: {enabled: false}");
  char state[400] = "";
  for (int i = 0; i < FLEET; ++i) {
    const fleet_member member = member_of(fleet, i);
    const size_t length = strlen(state);
    snprintf(state + length, sizeof state - length, "%s\"%s\": {\"ip\": \"%s\"}",
             i == 0 ? "{" : ",\n ", member.mac, member.address);
  }
  strncat(state, "}\n", sizeof state - strlen(state) - 1);
  write_file(&s.dir, "s.json", state);
  return s;
}

/* Updates are written down, and none is sent: changes are held by then. */
static stage3_worker* step_until_written_down(site* s, stage3_job* job) {
  stage3_runner* const runner = stage3_job_runner(job);
  stage3_worker* worker = NULL;
  REQUIRE(stage3_worker_new(runner, &worker, NULL) == 0);
  while (!is_sent(s)) {
    CHECK(stage3_runner_hold_changes(runner, 0, NULL) == 0);
    while (stage3_job_save_is_due(job) == 0)
      REQUIRE(stage3_worker_step(worker, 5, NULL) > 0);
    CHECK(stage3_runner_hold_changes(runner, 1, NULL) == 0);
    CHECK(stage3_job_save_if_due(job, NULL) == 0);
  }
  return worker;
}

/* The natural shutdown of a host, one without a cancel, and one that steps on. */
static void however_it_is_finished_what_is_unsent_is_taken_back(void) {
  enum { CANCEL, FREE, STEP_ON, WAYS };
  for (int way = CANCEL; way < WAYS; ++way) {
    fake_fleet fleet;
    start_fake_fleet(&fleet, FLEET, FLEET_OPEN);
    site s = open_fleet_site(&fleet);
    stage3_job* const job = open_job(&s, NULL);
    stage3_worker* const worker = step_until_written_down(&s, job);
    if (way == CANCEL) CHECK(stage3_runner_cancel(stage3_job_runner(job)) == 0);
    if (way != STEP_ON) stage3_worker_free(worker);
    CHECK(stage3_job_finish(job, NULL) == 0);
    CHECK(!file_holds(&s.dir, "s.json", "\"ota\": {"));
    if (way == STEP_ON) {
      CHECK(stage3_worker_run(worker, NULL) == 0);
      stage3_worker_free(worker);
    }
    stage3_job_free(job);
    for (int i = 0; i < FLEET; ++i)
      CHECK(fleet.devices[i].updates == 0);
    CHECK(!is_sent(&s));
    close_site(&s);
    stop_fake_fleet(&fleet);
  }
}

static void freed_job_leaves_what_it_has_written_down(void) {
  fake_fleet fleet;
  start_fake_fleet(&fleet, FLEET, FLEET_OPEN);
  site s = open_fleet_site(&fleet);
  stage3_job* const job = open_job(&s, NULL);
  stage3_worker_free(step_until_written_down(&s, job));
  stage3_job_free(job);
  CHECK(is_sent(&s));
  close_site(&s);
  stop_fake_fleet(&fleet);
}

typedef struct freeing {
  stage3_job* job;
  int destroyed; /* or done otherwise */
} freeing;

static int run_again(void* user, const stage3_result* result) {
  freeing* f = user;
  (void)result;
  if (stage3_job_run(f->job, NULL) == STAGE3_E_REENTRANT) ++f->destroyed;
  return 0;
}

static void job_that_is_run_in_its_callback_goes_on(void) {
  site s = open_site("");
  freeing f = {NULL, 0};
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = &f;
  callbacks.on_result = run_again;
  f.job = open_job(&s, &callbacks);
  CHECK(stage3_job_run(f.job, NULL) == 0);
  CHECK(f.destroyed == kEntries && is_recorded(&s));
  CHECK(stage3_runner_cancelled(stage3_job_runner(f.job)) == 0);
  stage3_job_free(f.job);
  close_site(&s);
}

static void freed_job_saves_nothing(void) {
  site s = open_site("");
  tally counts = {0};
  const stage3_callbacks callbacks = counting(&counts);
  stage3_job* job = open_job(&s, &callbacks);
  CHECK(stage3_runner_work(stage3_job_runner(job), NULL) == 0);
  stage3_job_free(job);
  CHECK(counts.results == kEntries && counts.destroyed == 1);
  CHECK(!is_recorded(&s));
  CHECK(stage3_run(s.config_path, 0, NULL, NULL, NULL) == 0);
  close_site(&s);
}

static int free_job(void* user, const stage3_result* result) {
  freeing* f = user;
  (void)result;
  stage3_job_free(f->job);
  f->job = NULL;
  return 0;
}

static void count_freed(void* user) {
  ++((freeing*)user)->destroyed;
}

static void job_may_be_freed_in_its_callback(void) {
  site s = open_site("");
  freeing f = {NULL, 0};
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = &f;
  callbacks.on_result = free_job;
  callbacks.destroy = count_freed;
  f.job = open_job(&s, &callbacks);
  CHECK(stage3_job_run(f.job, NULL) == 0);
  CHECK(f.job == NULL && f.destroyed == 1);
  close_site(&s);
}

static void child_leaves_a_job_alone(void) {
  site s = open_site("");
  stage3_job* job = open_job(&s, NULL);
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    limit_child();
    const int is_right = stage3_job_run(job, NULL) == STAGE3_E_FORKED &&
                         stage3_job_finish(job, NULL) == STAGE3_E_FORKED &&
                         stage3_job_save_is_due(job) == STAGE3_E_FORKED;
    stage3_job_free(job);
    _exit(is_right ? 0 : 1);
  }
  REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(stage3_job_run(job, NULL) == 0 && is_recorded(&s));
  stage3_job_free(job);
  close_site(&s);
}

const test_case job_tests[] = {
    {"run does it all", run_does_it_all},
    {"a dry run changes nothing", dry_run_changes_nothing},
    {"a disabled run says so", disabled_run_says_so},
    {"what prevents a run is an error", what_prevents_a_run_is_an_error},
    {"bad arguments of a job are refused", bad_arguments_are_refused},
    {"a job is driven by workers", job_is_driven_by_workers},
    {"a job selects by address", job_selects_by_address},
    {"errors about the selection name the file once", errors_name_the_file_once},
    {"a job selects by what is on record", job_selects_by_what_is_on_record},
    {"what cannot be saved is an error, once", what_cannot_be_saved_is_an_error_once},
    {"a cancelled run saves what is known", cancelled_run_saves_what_is_known},
    {"a job takes no other device", job_takes_no_other_device},
    {"finishing early leaves the rest alone", finishing_early_leaves_the_rest_alone},
    {"however it is finished, what is unsent is taken back",
     however_it_is_finished_what_is_unsent_is_taken_back},
    {"a freed job leaves what it has written down", freed_job_leaves_what_it_has_written_down},
    {"a job that is run in its callback goes on", job_that_is_run_in_its_callback_goes_on},
    {"a freed job saves nothing", freed_job_saves_nothing},
    {"a job may be freed in its callback", job_may_be_freed_in_its_callback},
    {"a child leaves a job alone", child_leaves_a_job_alone},
    {NULL, NULL}};
