/*
 * Disturbs a program that is not built for it: LD_PRELOAD it, and say in the environment how.
 *
 *   STAGE3_STALLED=PATH      a write to this file waits until there is a file PATH.on, as on a
 *                            file server that does not answer
 *   STAGE3_YEAR_10000=PATH   once there is a file PATH, the clock stands beyond the year 9999
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const time_t kYear10000 = 253402300800;

/* The function that this library stands in front of. */
static void* behind(const char* name) {
  void* const function = dlsym(RTLD_NEXT, name);
  if (function == NULL) abort();
  return function;
}

static int is_stalled(int fd) {
  const char* const path = getenv("STAGE3_STALLED");
  char link[64];
  char target[PATH_MAX];
  char on[PATH_MAX];
  if (path == NULL) return 0;
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  (void)snprintf(on, sizeof on, "%s.on", path);
  return strcmp(target, path) == 0 && access(on, F_OK) != 0;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  ssize_t (*const real)(int, const void*, size_t) = behind("write");
  while (is_stalled(fd))
    usleep(10000);
  return real(fd, bytes, size);
}

static int is_year_10000(void) {
  const char* const path = getenv("STAGE3_YEAR_10000");
  return path != NULL && access(path, F_OK) == 0;
}

time_t time(time_t* ret_now) {
  time_t (*const real)(time_t*) = behind("time");
  const time_t now = is_year_10000() ? kYear10000 : real(NULL);
  if (ret_now != NULL) *ret_now = now;
  return now;
}

int clock_gettime(clockid_t clock, struct timespec* ret_now) {
  int (*const real)(clockid_t, struct timespec*) = behind("clock_gettime");
  const int result = real(clock, ret_now);
  if (clock == CLOCK_REALTIME && is_year_10000()) ret_now->tv_sec = kYear10000;
  return result;
}
