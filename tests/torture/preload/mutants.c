/*
 * Takes a protection out of a program that is not built for it: LD_PRELOAD it, and name the
 * protection in STAGE3_MUTANT. Shows that the tests notice what is missing.
 *
 *   device-is-blamed    a lack of descriptors looks like a device that cannot be reached
 *   pipe-kills          SIGPIPE keeps its deadly default
 *   deaf                no signal handler is installed
 *   raw                 escapes are turned back into the bytes that they stand for
 *   update-twice        each request for an update goes out once more, on a connection of its own
 *   believes            two devices' MACs are exchanged in all that is received: each looks like
 *                       the other
 *   unflushed           what is to be on the disk stays in memory
 *   keys                the TLS key that a call demands is not demanded
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kMacs[2][13] = {"A8032A000001", "A8032A000002"};

static int is_on(const char* mutant) {
  const char* const wanted = getenv("STAGE3_MUTANT");
  return wanted != NULL && strcmp(wanted, mutant) == 0;
}

/* The function that this library stands in front of. */
static void* behind(const char* name) {
  void* const function = dlsym(RTLD_NEXT, name);
  if (function == NULL) abort();
  return function;
}

int getrlimit64(__rlimit_resource_t resource, struct rlimit64* limits) {
  int (*const real)(__rlimit_resource_t, struct rlimit64*) = behind("getrlimit64");
  const int result = real(resource, limits);
  if (is_on("device-is-blamed") && resource == RLIMIT_NOFILE) limits->rlim_cur = 65536;
  return result;
}

int socket(int domain, int type, int protocol) {
  int (*const real)(int, int, int) = behind("socket");
  const int fd = real(domain, type, protocol);
  if (fd < 0 && errno == EMFILE && is_on("device-is-blamed")) errno = ENETUNREACH;
  return fd;
}

void (*signal(int number, void (*handler)(int)))(int) {
  void (*(*const real)(int, void (*)(int)))(int) = behind("signal");
  return is_on("pipe-kills") && number == SIGPIPE ? SIG_DFL : real(number, handler);
}

int sigaction(int number, const struct sigaction* action, struct sigaction* ret_old) {
  int (*const real)(int, const struct sigaction*, struct sigaction*) = behind("sigaction");
  return real(number, is_on("deaf") ? NULL : action, ret_old);
}

/* The byte that an escape stands for, or -1. */
static int unescaped(const char* text, size_t size) {
  static const char kHex[] = "0123456789abcdef";
  if (size < 2 || text[0] != '\\') return -1;
  if (text[1] == 'n') return '\n';
  if (size < 4 || text[1] != 'x') return -1;
  const char* const high = strchr(kHex, text[2]);
  const char* const low = strchr(kHex, text[3]);
  return high == NULL || low == NULL ? -1 : (int)((high - kHex) * 16 + (low - kHex));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  ssize_t (*const real)(int, const void*, size_t) = behind("write");
  const char* const text = bytes;
  size_t length = 0;
  if (!is_on("raw")) return real(fd, bytes, size);
  char* const raw = malloc(size);
  if (raw == NULL) abort();
  for (size_t at = 0; at < size;) {
    const int byte = unescaped(text + at, size - at);
    raw[length++] = byte < 0 ? text[at] : (char)byte;
    at += byte < 0 ? 1 : text[at + 1] == 'n' ? 2 : 4;
  }
  const ssize_t count = real(fd, raw, length);
  free(raw);
  return count < 0 ? -1 : (ssize_t)size;
}

int fsync(int fd) {
  int (*const real)(int) = behind("fsync");
  return is_on("unflushed") ? 0 : real(fd);
}

static int begins_update(const char* bytes, size_t size) {
  static const char kUpdate[] = "GET /rpc/Shelly.Update";
  return size > sizeof kUpdate && memcmp(bytes, kUpdate, sizeof kUpdate - 1) == 0;
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  ssize_t (*const real)(int, const void*, size_t, int) = behind("send");
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  if (is_on("update-twice") && begins_update(bytes, size) &&
      getpeername(fd, (struct sockaddr*)&peer, &length) == 0) {
    const int again = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(again, (struct sockaddr*)&peer, length) == 0) real(again, bytes, size, flags);
  }
  return real(fd, bytes, size, flags);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  ssize_t (*const real)(int, void*, size_t, int) = behind("recv");
  const ssize_t count = real(fd, bytes, size, flags);
  const size_t length = sizeof kMacs[0] - 1;
  char* const text = bytes;
  if (!is_on("believes")) return count;
  for (ssize_t at = 0; at + (ssize_t)length <= count; ++at) {
    for (int i = 0; i < 2; ++i) {
      if (memcmp(text + at, kMacs[i], length) != 0) continue;
      memcpy(text + at, kMacs[1 - i], length);
      break;
    }
  }
  return count;
}

/* libcurl's, whose header would make a macro of it: CURLOPT_PINNEDPUBLICKEY takes a text. */
int curl_easy_setopt(void* handle, int option, ...) {
  enum { kPinnedPublicKey = 10230 };
  int (*const real)(void*, int, ...) = behind("curl_easy_setopt");
  va_list arguments;
  va_start(arguments, option);
  /* A number, a pointer or an offset of 64 bits: all are passed in the same way. */
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  return real(handle, option, option == kPinnedPublicKey && is_on("keys") ? NULL : value);
}
