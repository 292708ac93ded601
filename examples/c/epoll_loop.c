/* A run inside of an epoll loop that also serves a timer of its own and Ctrl-C. */
#include <errno.h>
#include <signal.h>
#include <stage3/stage3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int on_result(void* user, const stage3_result* result) {
  (void)user;
  printf("%s %s\n", stage3_result_mac(result), stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
}

/* The host's own work, which no run may keep waiting; with a state file of many megabytes, a thread
   of its own would save. */
static void tick(stage3_job* job) {
  stage3_summary now = STAGE3_SUMMARY_INIT;
  stage3_runner_summary(stage3_job_runner(job), &now, NULL);
  fprintf(stderr, "%zu of %zu done\n", now.ok + now.failed + now.offline + now.cancelled,
          now.total);
  stage3_job_save_if_due(job, NULL);
}

/* Descriptors of the host's loop. */
typedef struct {
  int epoll;
  int timer;
  int interrupt;
} host_loop;

static int watch(int epoll, int fd) {
  struct epoll_event event = {0};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int open_loop(host_loop* loop) {
  const struct itimerspec each_100_ms = {{0, 100000000}, {0, 100000000}};
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  loop->interrupt = signalfd(-1, &signals, SFD_CLOEXEC);
  if (watch(loop->epoll, loop->timer) != 0 || watch(loop->epoll, loop->interrupt) != 0) return -1;
  return timerfd_settime(loop->timer, 0, &each_100_ms, NULL);
}

static void close_loop(const host_loop* loop) {
  if (loop->interrupt >= 0) close(loop->interrupt);
  if (loop->timer >= 0) close(loop->timer);
  if (loop->epoll >= 0) close(loop->epoll);
}

/* Until no device is left: returns 0, or what the last step returned. */
static int turn(const host_loop* loop, stage3_job* job, stage3_worker* worker,
                stage3_error* error) {
  const int run = stage3_worker_fd(worker);
  int left = 1;
  while (left > 0) {
    struct epoll_event ready;
    uint64_t ticks;
    struct signalfd_siginfo signal;
    if (epoll_wait(loop->epoll, &ready, 1, -1) != 1) continue;
    if (ready.data.fd == run)
      left = stage3_worker_step(worker, 0, error);
    else if (ready.data.fd == loop->timer && read(loop->timer, &ticks, sizeof ticks) > 0)
      tick(job);
    else if (ready.data.fd == loop->interrupt && read(loop->interrupt, &signal, sizeof signal) > 0)
      stage3_runner_cancel(stage3_job_runner(job));
  }
  return left;
}

/* The host's main loop, with the run in it. */
static int serve(stage3_job* job, stage3_worker* worker, stage3_error* error) {
  host_loop loop;
  int code = STAGE3_E_SYSTEM;
  if (open_loop(&loop) == 0 && watch(loop.epoll, stage3_worker_fd(worker)) == 0)
    code = turn(&loop, job, worker, error);
  else
    snprintf(error->message, sizeof error->message, "cannot open the loop: %s", strerror(errno));
  close_loop(&loop);
  return code;
}

int main(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;
  stage3_job* job = NULL;
  stage3_worker* worker = NULL;

  callbacks.on_result = on_result;
  int code = stage3_config_load("data/config.yaml", &config, &error);
  if (code >= 0) code = stage3_job_new(config, &callbacks, 0, NULL, 0, &job, &error);
  if (code >= 0) code = stage3_worker_new(stage3_job_runner(job), &worker, &error);
  if (code >= 0) code = serve(job, worker, &error);
  if (code < 0) fprintf(stderr, "%s\n", error.message);

  /* Also what a run has found that was cut short. */
  if (job != NULL && stage3_job_finish(job, &error) < 0) {
    fprintf(stderr, "%s\n", error.message);
    code = error.code;
  }
  const int stopped = job != NULL && stage3_runner_cancelled(stage3_job_runner(job));

  stage3_worker_free(worker);
  stage3_job_free(job);
  stage3_config_free(config);
  return code < 0 || stopped;
}
