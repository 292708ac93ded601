/*
 * An LD_PRELOAD for instructions.py, under which a program does the same on a busy machine as on
 * one that has nothing else to do. It waits for events only once the simulator has answered all
 * that it was asked: else chance decides how many answers come together, and each wait costs. And
 * its clock goes on only while it waits: else it does more often what it does from time to time,
 * such as looking after the state file. STAGE3_SIM_PID: the simulator. What comes by loopback wakes
 * it up before send() returns.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  patience = 10000, /* milliseconds: a simulator that never rests must not keep the test for ever */
  stat_size = 512
};

static long milliseconds = 1000;

static int open_stat(void) {
  char path[64];
  const char* pid = getenv("STAGE3_SIM_PID");
  if (pid == NULL) return -1;
  snprintf(path, sizeof path, "/proc/%s/stat", pid);
  return open(path, O_RDONLY | O_CLOEXEC);
}

static int is_at_rest(int stat) {
  char text[stat_size];
  const char* name_end;
  const ssize_t size = pread(stat, text, sizeof text - 1, 0);
  if (size <= 0) return 1;
  text[size] = '\0';
  name_end = strrchr(text, ')');
  return name_end == NULL || name_end[1] == '\0' || name_end[2] == 'S';
}

int epoll_wait(int epoll, struct epoll_event* events, int count, int limit) {
  static int stat = -2;
  const struct timespec moment = {0, 1000000};
  int waited, found;
  if (stat == -2) stat = open_stat();
  for (waited = 0; stat >= 0 && waited < patience && !is_at_rest(stat); ++waited)
    nanosleep(&moment, NULL);
  found = (int)syscall(SYS_epoll_pwait, epoll, events, count, limit, NULL, 0);
  milliseconds += found == 0 && limit > 1 ? limit : 1;
  return found;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  if (clock != CLOCK_MONOTONIC) return (int)syscall(SYS_clock_gettime, clock, time);
  time->tv_sec = milliseconds / 1000;
  time->tv_nsec = milliseconds % 1000 * 1000000;
  return 0;
}
