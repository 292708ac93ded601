/*
 * What ThreadSanitizer is not to see. Each program that is tested with it includes this once.
 *
 * libcurl closes a connection that is given up, or refused, before it is made first, and says only
 * afterwards that it is no longer to be watched: by then the number may be a descriptor of another
 * thread. The kernel knows the two apart, ThreadSanitizer does not. It may come to it from either
 * side and long after: no suppression by function finds all of that.
 */
#ifdef __SANITIZE_THREAD__
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __cplusplus
#define STAGE3_NOEXCEPT noexcept
extern "C" {
#else
#define STAGE3_NOEXCEPT
#endif

int __interceptor_epoll_ctl(int poller, int operation, int fd, struct epoll_event* event);

int epoll_ctl(int poller, int operation, int fd, struct epoll_event* event) STAGE3_NOEXCEPT {
  if (operation == EPOLL_CTL_DEL) return (int)syscall(SYS_epoll_ctl, poller, operation, fd, event);
  return __interceptor_epoll_ctl(poller, operation, fd, event);
}

#ifdef __cplusplus
}
#endif
#undef STAGE3_NOEXCEPT
#endif
