/*
 * An LD_PRELOAD that makes a program work more, for test_instructions.py: every answer comes in
 * small pieces, and each piece is an event of its own.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

enum { piece = 8 };

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  typedef ssize_t recv_fn(int, void*, size_t, int);
  /* ISO C has no conversion from what dlsym() returns to a function. */
  static union {
    void* object;
    recv_fn* function;
  } next;
  static int is_dry;
  if (next.object == NULL) next.object = dlsym(RTLD_NEXT, "recv");
  is_dry = !is_dry;
  if (is_dry) {
    errno = EAGAIN;
    return -1;
  }
  return next.function(fd, buffer, size < piece ? size : piece, flags);
}
