/*
 * How long one stage3_worker_step(worker, 0) keeps a host waiting: times each step of a run and
 * prints percentiles in microseconds as one line of JSON: `cpu` is the thread's own time; `clock`
 * is what the host sees, without the steps in which the kernel gave the CPU to another program
 * (`preempted`), since how long those take is not in the library's hands.
 *
 *   step-bench STATE_FILE CONCURRENCY CONNECT_RATE
 */
#include <poll.h>
#include <stage3/stage3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { max_steps = 1000000 };

typedef struct {
  double microseconds[max_steps];
  size_t count;
} series;

typedef struct {
  series clock;
  series cpu;
  size_t preempted;
} step_times;

static int on_result(void* store, const stage3_result* result) {
  return stage3_store_record(store, result, NULL);
}

static double microseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static long preemptions(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

static void add(series* times, double time) {
  if (times->count < max_steps) times->microseconds[times->count++] = time;
}

static int timed_step(stage3_worker* worker, step_times* times, stage3_error* error) {
  const long preempted = preemptions();
  const double begin = microseconds(CLOCK_MONOTONIC);
  const double begin_cpu = microseconds(CLOCK_THREAD_CPUTIME_ID);
  const int left = stage3_worker_step(worker, 0, error);
  const double end_cpu = microseconds(CLOCK_THREAD_CPUTIME_ID);
  const double end = microseconds(CLOCK_MONOTONIC);
  add(&times->cpu, end_cpu - begin_cpu);
  if (preemptions() == preempted)
    add(&times->clock, end - begin);
  else
    ++times->preempted;
  return left;
}

static int drive(stage3_worker* worker, step_times* times, stage3_error* error) {
  struct pollfd ready = {stage3_worker_fd(worker), POLLIN, 0};
  int left = 1;
  while (left > 0)
    if (poll(&ready, 1, -1) == 1) left = timed_step(worker, times, error);
  return left;
}

static int compare(const void* a, const void* b) {
  const double left = *(const double*)a;
  const double right = *(const double*)b;
  return (left > right) - (left < right);
}

static void print_series(const char* name, series* times) {
  double* const sorted = times->microseconds;
  qsort(sorted, times->count, sizeof *sorted, compare);
  printf("\"%s\": {\"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}, ", name, sorted[times->count / 2],
         sorted[times->count * 99 / 100], times->count == 0 ? 0 : sorted[times->count - 1]);
}

int main(int argc, char** argv) {
  static step_times times;
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;
  stage3_store* store = NULL;
  stage3_runner* runner = NULL;
  stage3_worker* worker = NULL;
  if (argc != 4) return fputs("usage: step-bench STATE_FILE CONCURRENCY CONNECT_RATE\n", stderr), 2;

  int code = stage3_config_new(&config, &error);
  if (code >= 0) code = stage3_config_set(config, "ip_state_file", argv[1], &error);
  if (code >= 0) code = stage3_config_set(config, "concurrency", argv[2], &error);
  if (code >= 0) code = stage3_config_set(config, "network.connect_rate", argv[3], &error);
  if (code >= 0) code = stage3_store_load(config, &store, &error);
  callbacks.on_result = on_result;
  callbacks.user = store;
  if (code >= 0) code = stage3_runner_new(config, &callbacks, 0, &runner, &error);
  if (code >= 0) code = stage3_runner_add_store(runner, store, NULL, 0, &error);
  if (code >= 0) code = stage3_worker_new(runner, &worker, &error);
  if (code >= 0) code = drive(worker, &times, &error);
  if (code >= 0) code = stage3_runner_summary(runner, &summary, &error);
  if (code >= 0) {
    printf("{");
    print_series("clock", &times.clock);
    print_series("cpu", &times.cpu);
    printf("\"steps\": %zu, \"preempted\": %zu, \"ok\": %zu}\n", times.cpu.count, times.preempted,
           summary.ok);
  } else {
    fprintf(stderr, "%s\n", error.message);
  }
  stage3_worker_free(worker);
  stage3_runner_free(runner);
  stage3_store_free(store);
  stage3_config_free(config);
  return code < 0;
}
