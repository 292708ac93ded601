#include "fake_device.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

/* Answers requests until the connection ends. */
static void serve(shelly* device, int fd) {
  char request[4096] = "";
  char answer[SHELLY_ANSWER_SIZE];
  size_t length = 0;
  for (;;) {
    const ssize_t count = recv(fd, request + length, sizeof request - 1 - length, 0);
    if (count <= 0) return;
    length += (size_t)count;
    request[length] = '\0';
    if (request_length(request) == 0) continue;
    const size_t size = shelly_answer(device, request, answer);
    if (send(fd, answer, size, MSG_NOSIGNAL) != (ssize_t)size) perror("fake device: send");
    length = 0;
  }
}

static void* listen_and_serve(void* pointer) {
  fake_device* fake = pointer;
  for (;;) {
    const int fd = accept(fake->listener, NULL, NULL);
    if (fd < 0) return NULL; /* stop_fake_device() has shut the listener down */
    serve(&fake->device, fd);
    close(fd);
  }
}

void start_fake_device(fake_device* fake, int wants_login) {
  struct sockaddr_in name;
  socklen_t size = sizeof name;
  memset(fake, 0, sizeof *fake);
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  set_up_shelly(&fake->device, 1, wants_login);
  fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(bind(fake->listener, (struct sockaddr*)&name, size) == 0);
  REQUIRE(getsockname(fake->listener, (struct sockaddr*)&name, &size) == 0);
  REQUIRE(listen(fake->listener, 16) == 0);
  snprintf(fake->address, sizeof fake->address, "127.0.0.1:%u", (unsigned)ntohs(name.sin_port));
  REQUIRE(pthread_create(&fake->thread, NULL, listen_and_serve, fake) == 0);
}

void stop_fake_device(fake_device* fake) {
  shutdown(fake->listener, SHUT_RDWR);
  pthread_join(fake->thread, NULL);
  close(fake->listener);
}
