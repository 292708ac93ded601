#include "fake_fleet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "shelly.h"

/* A listener or a connection of a device. */
typedef struct endpoint {
  int fd;
  int is_listener;
  int is_silent;
  shelly* device;
  size_t length;
  char request[2048];
} endpoint;

int is_silent(int index) {
  return index % 16 == 14;
}

int is_refusing(int index) {
  return index % 16 == 15;
}

static struct sockaddr_in address_of(int index, unsigned port) {
  struct sockaddr_in name;
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_port = htons((uint16_t)port);
  name.sin_addr.s_addr = htonl(0x7f010001u + (unsigned)index); /* 127.1.0.1 and up */
  return name;
}

static int bound_socket(int index, unsigned port) {
  const struct sockaddr_in name = address_of(index, port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  if (bind(fd, (const struct sockaddr*)&name, sizeof name) == 0) return fd;
  close(fd);
  return -1;
}

static void watch(int poller, int fd, int is_listener, int silent, shelly* device) {
  endpoint* const end = calloc(1, sizeof *end);
  struct epoll_event event = {EPOLLIN, {end}};
  REQUIRE(end != NULL);
  end->fd = fd;
  end->is_listener = is_listener;
  end->is_silent = silent;
  end->device = device;
  REQUIRE(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void take_connection(int poller, const endpoint* listener) {
  const int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) watch(poller, fd, 0, listener->is_silent, listener->device);
}

static void hang_up(endpoint* end) {
  close(end->fd);
  free(end);
}

static void take_bytes(endpoint* end) {
  char answer[SHELLY_ANSWER_SIZE];
  const ssize_t count =
      recv(end->fd, end->request + end->length, sizeof end->request - 1 - end->length, 0);
  if (count <= 0) {
    hang_up(end);
    return;
  }
  end->length += (size_t)count;
  end->request[end->length] = '\0';
  if (end->is_silent || request_length(end->request) == 0) return;
  const size_t size = shelly_answer(end->device, end->request, answer);
  end->length = 0;
  if (send(end->fd, answer, size, MSG_NOSIGNAL) != (ssize_t)size) hang_up(end);
}

/* Until the other end of the lifeline is closed. */
static void serve(int poller) {
  for (;;) {
    struct epoll_event events[64];
    const int count = epoll_wait(poller, events, 64, -1);
    for (int i = 0; i < count; ++i) {
      endpoint* const end = events[i].data.ptr;
      if (end->device == NULL) return;
      if (end->is_listener)
        take_connection(poller, end);
      else
        take_bytes(end);
    }
  }
}

/* All at the port of the first one; 0: it is taken at one of their addresses. */
static unsigned listen_for_all(int poller, int count, int kind, shelly* devices) {
  struct sockaddr_in name;
  socklen_t size = sizeof name;
  unsigned port = 0;
  for (int i = 0; i < count; ++i) {
    const int mixed = kind == FLEET_MIXED;
    set_up_shelly(&devices[i], (unsigned)i + 1, kind == FLEET_LOGIN || (mixed && i % 4 == 1));
    if (mixed && is_refusing(i)) continue;
    const int fd = bound_socket(i, port);
    if (fd < 0) return 0;
    REQUIRE(getsockname(fd, (struct sockaddr*)&name, &size) == 0);
    port = ntohs(name.sin_port);
    REQUIRE(listen(fd, 64) == 0);
    watch(poller, fd, 1, mixed && is_silent(i), &devices[i]);
  }
  return port;
}

static void be_a_fleet(const fake_fleet* fleet, int kind, int lifeline) {
  struct rlimit limit;
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  REQUIRE(poller >= 0);
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const unsigned port = listen_for_all(poller, fleet->count, kind, fleet->devices);
  REQUIRE(write(lifeline, &port, sizeof port) == sizeof port);
  watch(poller, lifeline, 0, 0, NULL);
  if (port != 0) serve(poller);
  _exit(0);
}

static void end_process(const fake_fleet* fleet) {
  int status = -1;
  close(fleet->lifeline);
  REQUIRE(waitpid(fleet->process, &status, 0) == fleet->process);
  CHECK(status == 0);
}

static size_t size_of_devices(const fake_fleet* fleet) {
  return (size_t)fleet->count * sizeof *fleet->devices;
}

/* Returns the port, 0: the one it got for one address was taken at another. */
static unsigned try_to_start(fake_fleet* fleet, int kind) {
  int lifeline[2];
  unsigned port = 0;
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lifeline) == 0);
  fflush(stdout);
  fleet->process = fork();
  REQUIRE(fleet->process >= 0);
  if (fleet->process == 0) {
    close(lifeline[0]);
    be_a_fleet(fleet, kind, lifeline[1]);
  }
  close(lifeline[1]);
  fleet->lifeline = lifeline[0];
  REQUIRE(read(lifeline[0], &port, sizeof port) == sizeof port);
  if (port == 0) end_process(fleet);
  return port;
}

void start_fake_fleet(fake_fleet* fleet, int count, int kind) {
  memset(fleet, 0, sizeof *fleet);
  fleet->count = count;
  fleet->devices =
      mmap(NULL, size_of_devices(fleet), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(fleet->devices != MAP_FAILED);
  for (int tries = 0; tries < 20 && fleet->port == 0; ++tries)
    fleet->port = try_to_start(fleet, kind);
  REQUIRE(fleet->port != 0);
}

void stop_fake_fleet(fake_fleet* fleet) {
  end_process(fleet);
  munmap(fleet->devices, size_of_devices(fleet));
}

fleet_member member_of(const fake_fleet* fleet, int index) {
  fleet_member member;
  char address[INET_ADDRSTRLEN];
  const struct sockaddr_in name = address_of(index, fleet->port);
  inet_ntop(AF_INET, &name.sin_addr, address, sizeof address);
  snprintf(member.mac, sizeof member.mac, "A8032A%06X", ((unsigned)index + 1) & 0xffffffu);
  snprintf(member.address, sizeof member.address, "%s:%u", address, fleet->port);
  return member;
}
